"""Fair release: days whose places are drawn by lot, for all to check."""

from collections.abc import AsyncIterator
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.quotas import KEEPERS
from handlers.reservations import CITIZEN
from handlers.schemas.releases import (
    AskForPlacesSchema,
    FairReleasePageSchema,
    FairReleaseRecordSchema,
    FairReleaseSchema,
    MakeReleaseSchema,
    OwnDrawRequestSchema,
    PoolSchema,
    PublicValueSchema,
    ReleasesQuery,
)
from services.common.errors import TooBusy
from services.common.pages import CursorInvalid
from services.policies.errors import MinorsUnaccompanied
from services.reservations.companions.errors import CompanionsUnknown
from services.reservations.errors import BookingPaused, PartyRefused
from services.reservations.releases import errors
from services.reservations.releases.model import AskForPlaces, DrawRequest, MakeRelease, Release
from services.venues.errors import VenueUnknown

TAG = "Fair release"


def shown_release(release: Release) -> dict[str, Any]:
    """Return a release as the wire has it: the seed only once it is drawn."""
    frozen, drawn, settled = release.frozen, release.drawn, release.settled
    return {
        **{name: getattr(release, name) for name in ("id", "venue_id", "visit_on", "state", "seed_sha256")},
        **{name: getattr(release, name) for name in ("requests_open_at", "requests_close_at", "draw_at")},
        "public_source": release.source,
        "pool_sha256": frozen and frozen.pool.sha256,
        "requests": frozen and frozen.requests,
        "frozen_at": frozen and frozen.frozen_at,
        "seed": drawn and drawn.seed,
        "beacon": drawn and drawn.beacon,
        "result_sha256": drawn and drawn.result.sha256,
        "won": drawn and drawn.won,
        "lost": drawn and drawn.lost,
        "drawn_at": drawn and drawn.drawn_at,
        "forfeited": None if settled is None else len(settled.forfeited),
        "settled_at": settled and settled.settled_at,
    }


class ReleasesHandler(ApiHandler):
    """`/venues/{venue_id}/releases`."""

    @operation(
        Operation(
            summary="Release a day by lot",
            description="Its open slots can be booked by nobody until the draw; slots that are planned for it later "
            "join them. Publishes the SHA-256 of the server's seed at once. A day that has bookings is refused with "
            "their number, and a day has one release.",
            tag=TAG,
            roles=KEEPERS,
            body=MakeReleaseSchema,
            reply=FairReleaseSchema,
            status=201,
            repeatable=True,
            refusals=(VenueUnknown, errors.ReleaseRefused, errors.DayBooked, errors.ReleaseExists, TooBusy),
        )
    )
    async def post(self, venue_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Mark a day."""
        source = content.pop("public_source")
        wish = MakeRelease(actor=self.actor, venue_id=venue_id, source=source, request=self.repeated, **content)
        release = await self.services.visits.releases.opening.make(wish)
        self.set_header("Location", f"/api/v1/releases/{release.id}")
        return shown_release(release)

    @operation(
        Operation(
            summary="List a venue's fair releases",
            description="For anybody, the latest day first.",
            tag=TAG,
            query=ReleasesQuery,
            reply=FairReleasePageSchema,
            refusals=(VenueUnknown, CursorInvalid),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return a page of releases."""
        asked = self.parameters
        page = await self.services.visits.releases.publishing.list(venue_id, asked["limit"], asked["after"])
        return {"items": [shown_release(one) for one in page.items], "next": page.next}


class ReleaseHandler(ApiHandler):
    """`/releases/{release_id}`."""

    @operation(
        Operation(
            summary="See a fair release",
            description="For anybody: the commitment from the start, the pool's SHA-256 from the close, seed and "
            "result from the draw.",
            tag=TAG,
            reply=FairReleaseSchema,
            refusals=(errors.ReleaseUnknown,),
        )
    )
    async def get(self, release_id: str) -> dict[str, Any]:
        """Return a release."""
        return shown_release(await self.services.visits.releases.publishing.get(release_id))


class PublicValueHandler(ApiHandler):
    """`/releases/{release_id}/public-value`."""

    @operation(
        Operation(
            summary="Give the public figure of a fair release",
            description="From the day of its announcement, and before the draw. The first one counts; the same again "
            "changes nothing. A draw waits two hours for it, and is then made without.",
            tag=TAG,
            roles=KEEPERS,
            body=PublicValueSchema,
            reply=FairReleaseSchema,
            refusals=(
                errors.ReleaseUnknown,
                errors.NoPublicSource,
                errors.NotFrozen,
                errors.PublicValueEarly,
                errors.PublicValueGiven,
                TooBusy,
            ),
        )
    )
    async def post(self, release_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Give the figure."""
        opening = self.services.visits.releases.opening
        return shown_release(await opening.give_public_value(self.actor, release_id, content["value"]))


class DrawRequestsHandler(ApiHandler):
    """`/releases/{release_id}/requests`."""

    @operation(
        Operation(
            summary="Ask for places in a draw",
            description="One request for an account, and a document in one request at most. The time of asking does "
            "not count. `ticket` is how the public pool shows it. Send an `Idempotency-Key`.",
            tag=TAG,
            roles=CITIZEN,
            body=AskForPlacesSchema,
            reply=OwnDrawRequestSchema,
            status=201,
            repeatable=True,
            refusals=(
                errors.ReleaseUnknown,
                errors.RequestsNotOpen,
                errors.RequestsClosed,
                errors.ChoiceRefused,
                errors.AlreadyRequested,
                errors.DocumentRequested,
                PartyRefused,
                CompanionsUnknown,
                MinorsUnaccompanied,
                BookingPaused,
                TooBusy,
            ),
        )
    )
    async def post(self, release_id: str, content: dict[str, Any]) -> DrawRequest:
        """Hand in a request."""
        visits = self.services.visits
        wish = AskForPlaces(
            citizen_id=self.actor.id,
            release_id=release_id,
            choices=tuple(content["choices"]),
            visitors=await visits.companions.resolve(self.actor.id, content["visitors"]),
            contact_phone=content["contact_phone"],
            request=self.repeated,
        )
        request = await visits.releases.requesting.ask(wish)
        self.set_header("Location", f"/api/v1/releases/{release_id}/request")
        return request


class OwnDrawRequestHandler(ApiHandler):
    """`/releases/{release_id}/request`."""

    @operation(
        Operation(
            summary="See my request in a draw",
            tag=TAG,
            roles=CITIZEN,
            reply=OwnDrawRequestSchema,
            refusals=(errors.ReleaseUnknown, errors.RequestUnknown),
        )
    )
    async def get(self, release_id: str) -> DrawRequest:
        """Return one's own request."""
        return await self.services.visits.releases.requesting.own(release_id, self.actor.id)


class DrawRequestWithdrawalHandler(ApiHandler):
    """`/releases/{release_id}/request/withdraw`."""

    @operation(
        Operation(
            summary="Withdraw my request from a draw",
            description="Until the close. Nothing of it is kept, and another one may be handed in.",
            tag=TAG,
            roles=CITIZEN,
            status=204,
            refusals=(
                errors.ReleaseUnknown,
                errors.RequestUnknown,
                errors.RequestsNotOpen,
                errors.RequestsClosed,
            ),
        )
    )
    async def post(self, release_id: str) -> None:
        """Forget one's own request."""
        await self.services.visits.releases.requesting.withdraw(release_id, self.actor.id)


class LongTextHandler(ApiHandler):
    """A handler whose answers may have many megabytes."""

    async def send_pieces(self, pieces: AsyncIterator[str]) -> None:
        """Answer with a JSON text, piece by piece."""
        self.set_header("Content-Type", "application/json")
        async for piece in pieces:
            self.write(piece)
            await self.flush()
        self.finish()


class ReleasePoolHandler(LongTextHandler):
    """`/releases/{release_id}/pool`."""

    @operation(
        Operation(
            summary="Get the pool of a fair release",
            description="From the close, for anybody. The SHA-256 of the answer as it comes is `pool_sha256`.",
            tag=TAG,
            reply=PoolSchema,
            refusals=(errors.ReleaseUnknown, errors.NotFrozen),
        )
    )
    async def get(self, release_id: str) -> None:
        """Return the pool."""
        await self.send_pieces(await self.services.visits.releases.publishing.pool(release_id))


class ReleaseRecordHandler(LongTextHandler):
    """`/releases/{release_id}/record`."""

    @operation(
        Operation(
            summary="Get the record of a fair release",
            description="From the draw, for anybody: everything that it takes to repeat it, by "
            "`./scripts/verify_release FILE`.",
            tag=TAG,
            reply=FairReleaseRecordSchema,
            refusals=(errors.ReleaseUnknown, errors.NotDrawn),
        )
    )
    async def get(self, release_id: str) -> None:
        """Return the record."""
        await self.send_pieces(await self.services.visits.releases.publishing.record(release_id))
