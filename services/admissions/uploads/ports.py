"""What uploads need from outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.admissions.model import Conflict, Entry
from services.admissions.uploads.model import ConflictMark, KeptConflict, KeptEntry, Link, Settlement


class GateLogStore(Protocol):
    """Entries of the logs of devices."""

    async def find(self, ids: Collection[str]) -> Mapping[str, KeptEntry]:
        """Return the entries that are kept under these ids."""

    async def keep(self, entries: Sequence[KeptEntry]) -> Mapping[str, KeptEntry]:
        """Keep entries of which nothing is kept under their ids yet; return what is kept under each then."""

    async def settle(self, entries: Sequence[KeptEntry]) -> Mapping[str, KeptEntry]:
        """Give entries their last answer, unless they have one; return what is kept then."""

    async def complete(self, entries: Sequence[KeptEntry]) -> None:
        """Give undos that were answered without a decision the answer that they have now."""

    async def of_nonces(self, nonces: Collection[str]) -> Sequence[KeptEntry]:
        """Return the entries, of whichever gate and device, with these nonces."""

    async def undos_of(self, scan_ids: Collection[str]) -> Sequence[KeptEntry]:
        """Return the entries that take back one of these scans."""

    async def of_scans(self, scan_ids: Collection[str]) -> Sequence[KeptEntry]:
        """Return the entries that stand for one of these scans."""

    async def links_of(self, device_id: str) -> Sequence[Link]:
        """Return all entries of a device, in any order."""


class ConflictStore(Protocol):
    """Conflicts, and what people said of them."""

    async def add(self, conflicts: Sequence[Conflict]) -> None:
        """Keep conflicts; one that is kept already stays as it is."""

    async def withdraw(self, conflict_ids: Sequence[str], because: Entry, at: datetime) -> None:
        """Settle those of these conflicts that are open, and show in them the movement that leaves nothing of them."""

    async def find(self, conflict_id: str) -> KeptConflict | None:
        """Return the conflict of this id."""

    async def find_many(self, conflict_ids: Collection[str]) -> Mapping[str, KeptConflict]:
        """Return the conflicts of these ids, by id."""

    async def marks_between(self, venue_id: str, since: datetime, until: datetime) -> Sequence[ConflictMark]:
        """Return what of a venue's conflicts has since <= found_at < until, in any order."""

    async def claim_settlement(self, conflict_id: str, said: Settlement, before: Settlement | None) -> bool:
        """Add a word after the one that holds; False when somebody has said another one since."""
