"""What the public check needs from outside."""

from collections.abc import Collection, Mapping
from typing import Protocol

from services.items.model import Item, ItemType
from services.items.public.model import Checks
from services.transparency.model import InclusionProof, SignedCheckpoint


class ItemsById(Protocol):
    """Items; `services.items.ports.RecordStore` is one."""

    async def items(self, item_ids: Collection[str]) -> Mapping[str, Item]:
        """Return the items there are, by id."""


class TypesById(Protocol):
    """Item types; `services.items.ports.TypeStore` is one."""

    async def find(self, type_id: str) -> ItemType | None:
        """Return the type."""


class CheckStore(Protocol):
    """How items were checked, of all processes together."""

    async def find(self, item_ids: Collection[str]) -> Mapping[str, Checks]:
        """Return the checks of those that were ever checked, by item id."""

    async def add(self, more: Mapping[str, Checks]) -> None:
        """Add what was counted; after a DatabaseUnavailable some of it may be added, and be added twice later."""


class Repeats(Protocol):
    """Tells a reload from a check."""

    async def claim(self, visitor: str) -> bool:
        """Tell whether this visitor did not claim in the last ten minutes; True also when that cannot be known."""


class ItemLog(Protocol):
    """The log that proves; `services.transparency.reading.LogReading` is one."""

    async def latest(self) -> SignedCheckpoint:
        """Return the last checkpoint; raises CheckpointAbsent."""

    async def inclusion(self, index: int, size: int | None = None) -> InclusionProof:
        """Return the proof for a leaf in the log of `size` leaves."""
