"""What the gate needs from outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.admissions.model import PassRecord, Scan, ScanBatch


class ScanStore(Protocol):
    """Scans, and the passes they change."""

    async def find_many(self, scan_ids: Collection[str]) -> Mapping[str, Scan]:
        """Return the answers given to these scans before, by scan id; nothing for a scan without one."""

    async def find_passes(self, reservation_ids: Collection[str]) -> Mapping[str, PassRecord]:
        """Return what the gate remembers, by reservation id; nothing for a party that neither came nor cancelled."""

    async def claim(self, batch: ScanBatch) -> bool:
        """Keep a batch whole, or nothing of it; refusals that come without entries are kept each for itself.

        False when what the gate remembers of a party is no longer what it was `before`, or when a scan has its
        answer already: whoever decided must look again.
        """


class Holders(Protocol):
    """Whose documents stand behind a slip."""

    async def tails_of(self, reservation_id: str, venue_id: str) -> Sequence[str]:
        """Return the last four characters of each document, in capitals; none for what no window booked."""


class TailTries(Protocol):
    """How often somebody tried the characters of a slip."""

    async def claim(self, reservation_id: str, most: int, now: datetime, until: datetime) -> datetime | None:
        """Count a try; None when it may be made, else until when none may. The first one counts until `until`."""

    async def give_back(self, reservation_id: str) -> None:
        """Uncount a try that was right."""
