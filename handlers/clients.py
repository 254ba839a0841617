"""Machine clients, managed by whoever answers for their city."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from handlers.oauth import TAG
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.clients import (
    ClientListSchema,
    ClientSchema,
    ClientWithSecretSchema,
    ClientWithUsageSchema,
    NewClientSchema,
    RotationSchema,
)
from services.clients.errors import (
    ClientChanged,
    ClientMadeBefore,
    ClientSuspended,
    ClientUnknown,
    DistrictsElsewhere,
    TooManyClients,
)
from services.clients.model import Client, ClientWish, Credentials
from services.identity.model import Role

WRITERS = frozenset({Role.CITY_ADMIN})
READERS = WRITERS | {Role.AUDITOR}


def shown(client: Client) -> dict[str, Any]:
    """Return a client as the wire has it."""
    return {**vars(client), "client_id": client.id}


def with_secret(made: tuple[Client, Credentials]) -> dict[str, Any]:
    """Return a client and its new secret."""
    client, credentials = made
    return {**shown(client), "client_secret": credentials.secret}


class ClientsHandler(ApiHandler):
    """`/admin/clients`."""

    @operation(
        Operation(
            summary="Make a machine client",
            description="`client_secret` is shown here and never again. A repeated request makes no second client, "
            "and cannot show the secret either: it is refused with the `client_id`, for which a new secret can "
            "be had by `rotate`.",
            tag=TAG,
            roles=WRITERS,
            body=NewClientSchema,
            reply=ClientWithSecretSchema,
            status=201,
            repeatable=True,
            refusals=(ClientMadeBefore, ClientChanged, DistrictsElsewhere, TooManyClients),
        )
    )
    async def post(self, content: dict[str, Any]) -> Mapping[str, Any]:
        """Make a client."""
        made = await self.services.clients.register.make(self.actor, wish_of(content), self.repeated)
        self.set_header("Location", f"/api/v1/admin/clients/{made[0].id}")
        return with_secret(made)

    @operation(
        Operation(
            summary="List the machine clients of the city",
            description="Newest first; there are at most 200.",
            tag=TAG,
            roles=READERS,
            reply=ClientListSchema,
        )
    )
    async def get(self) -> Mapping[str, Any]:
        """Return all clients."""
        return {"items": [shown(one) for one in await self.services.clients.register.all(self.actor)]}


def wish_of(content: Mapping[str, Any]) -> ClientWish:
    """Return what a new client is to be."""
    districts = content["districts"]
    return ClientWish(
        **{
            **content,
            "scopes": tuple(content["scopes"]),
            "districts": None if districts is None else tuple(districts),
        }
    )


class ClientHandler(ApiHandler):
    """`/admin/clients/{client_id}`."""

    @operation(
        Operation(
            summary="See a machine client",
            description="`requests_today` counts since midnight in the city; null while the counter is away.",
            tag=TAG,
            roles=READERS,
            reply=ClientWithUsageSchema,
            refusals=(ClientUnknown,),
        )
    )
    async def get(self, client_id: str) -> Mapping[str, Any]:
        """Return a client and its requests of today."""
        client = await self.services.clients.register.get(self.actor, client_id)
        standing = await self.services.clients.quotas.standing(client)
        return {**shown(client), "requests_today": None if standing is None else standing.used}


class ClientRotationHandler(ApiHandler):
    """`/admin/clients/{client_id}/rotate`."""

    @operation(
        Operation(
            summary="Give a machine client a new secret",
            description="The secret before stays good until its `valid_until`, at most 24 hours; with 0 minutes it "
            "and all tokens of the client are over at once, as after a theft.",
            tag=TAG,
            roles=WRITERS,
            body=RotationSchema,
            reply=ClientWithSecretSchema,
            refusals=(ClientUnknown, ClientSuspended, ClientChanged),
        )
    )
    async def post(self, client_id: str, content: dict[str, Any]) -> Mapping[str, Any]:
        """Rotate the secret."""
        overlap = timedelta(minutes=content["old_secret_minutes"])
        return with_secret(await self.services.clients.register.rotate(self.actor, client_id, overlap))


class ClientSuspensionHandler(ApiHandler):
    """`/admin/clients/{client_id}/suspend`."""

    @operation(
        Operation(
            summary="Suspend a machine client",
            description="It gets no tokens, and those it has are refused within two seconds. They stay refused when it "
            "is resumed.",
            tag=TAG,
            roles=WRITERS,
            reply=ClientSchema,
            refusals=(ClientUnknown, ClientChanged),
        )
    )
    async def post(self, client_id: str) -> Mapping[str, Any]:
        """Suspend a client."""
        return shown(await self.services.clients.register.suspend(self.actor, client_id))


class ClientResumptionHandler(ApiHandler):
    """`/admin/clients/{client_id}/resume`."""

    @operation(
        Operation(
            summary="Resume a machine client",
            tag=TAG,
            roles=WRITERS,
            reply=ClientSchema,
            refusals=(ClientUnknown, ClientChanged),
        )
    )
    async def post(self, client_id: str) -> Mapping[str, Any]:
        """Resume a client."""
        return shown(await self.services.clients.register.resume(self.actor, client_id))


class ClientDeletionHandler(ApiHandler):
    """`/admin/clients/{client_id}/delete`."""

    @operation(
        Operation(
            summary="Delete a machine client",
            description="Its tokens are refused within two seconds. Its pseudonyms are never made again.",
            tag=TAG,
            roles=WRITERS,
            status=204,
            refusals=(ClientUnknown,),
        )
    )
    async def post(self, client_id: str) -> None:
        """Delete a client."""
        await self.services.clients.register.delete(self.actor, client_id)
