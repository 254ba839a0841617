"""What stock-takes need of a store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.common.model import IdempotentRequest
from services.items.model import ItemState
from services.items.places import Place
from services.items.stock.model import CountedItem, ScanRecord, Sighting, StockTake, Verdict
from services.items.stock.rules import Growth


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An item, as far as it matters whether it is expected."""

    item: CountedItem
    type_id: str | None
    state: ItemState
    seen_by: tuple[str, ...]


class StockStore(Protocol):
    """Counts with what they expect, their scans and sightings."""

    async def at_place(self, place: Place) -> Sequence[Placed]:
        """Return the items that are recorded at a place; a venue without a spot covers all its spots."""

    async def inside(self, epcs: Collection[str]) -> Sequence[Placed]:
        """Return the items that are aggregated in any of these."""

    async def add(
        self, take: StockTake, parts: Sequence[Sequence[CountedItem]], request: IdempotentRequest | None
    ) -> StockTake:
        """Add a count with what it expects, or return what the request was answered with first.

        Raises IdempotencyKeyReused.
        """

    async def find(self, take_id: str) -> StockTake | None:
        """Return the count."""

    async def between(self, scope: str, since: str, until: str) -> Sequence[StockTake]:
        """Return the counts that `scope` covers with since <= id < until, in any order."""

    async def expected_among(self, take: StockTake, item_ids: Collection[str]) -> Collection[str]:
        """Return those of the items that are expected."""

    async def part(self, take_id: str, number: int) -> Sequence[CountedItem]:
        """Return a part of what is expected, in the order of ids."""

    async def scans(self, take_id: str, scan_ids: Collection[str]) -> Mapping[str, ScanRecord]:
        """Return the scans there are, by scan_id."""

    async def sightings(self, take_id: str, item_ids: Collection[str]) -> Mapping[str, Sighting]:
        """Return the first scans of items, by item id."""

    async def listed(self, take_id: str, verdict: Verdict, since: int, until: int) -> Sequence[ScanRecord]:
        """Return the scans of a verdict with since <= position < until, in their order."""

    async def claim(self, growth: Growth) -> bool:
        """Write scans, sightings and the count after them, all or nothing.

        False when the count has changed since, or an item was scanned by somebody else.
        """

    async def replace(self, take: StockTake) -> bool:
        """Put the count in the place of the version before it; False when it has another one."""
