"""What clients need from outside."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.clients.model import Client, Mark, QuotaStanding
from services.common.model import IdempotentRequest
from services.sync.model import RecordKind


class ClientStore(Protocol):
    """Clients as they are kept. Raises DatabaseUnavailable."""

    async def first_answer(self, request: IdempotentRequest | None) -> str | None:
        """Return the id of the client that the request made, if it did; raises IdempotencyKeyReused."""

    async def add(self, client: Client, request: IdempotentRequest | None) -> bool:
        """Add a client; False when the request made one meanwhile."""

    async def find(self, client_id: str) -> Client | None:
        """Return the client."""

    async def of_cities(self, city_ids: Collection[str]) -> Sequence[Client]:
        """Return all clients of these cities, in any order."""

    async def claim_change(self, client: Client) -> bool:
        """Keep the client in place of its version before; False when that is not there any more."""

    async def remove(self, client_id: str) -> None:
        """Remove the client."""


class MarkList(Protocol):
    """Which records were delivered, and when last. Raises DatabaseUnavailable."""

    async def at(self, kind: RecordKind, districts: Sequence[str], instant: datetime) -> Sequence[Mark]:
        """Return the marks of one instant, in any order."""

    async def between(
        self, kind: RecordKind, districts: Sequence[str], since: datetime, until: datetime, wanted: int
    ) -> Sequence[Mark]:
        """Return the first `wanted` marks with since <= their instant < until, by instant and key."""


class CityDistrict(Protocol):
    """A district, by its GB/T 2260 code, and its city."""

    @property
    def id(self) -> str:
        """The district's code."""

    @property
    def city_id(self) -> str:
        """The city's code."""


class Districts(Protocol):
    """Which districts there are."""

    async def districts(self) -> Sequence[CityDistrict]:
        """Return all of them."""


class Quotas(Protocol):
    """Counts the requests of clients across all processes; None when the counter is away."""

    async def claim(self, client: Client) -> QuotaStanding | None:
        """Count one request unless a quota is exhausted."""

    async def standing(self, client: Client) -> QuotaStanding | None:
        """Return how the client stands, without counting."""
