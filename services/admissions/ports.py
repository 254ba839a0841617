"""What the gate needs from outside."""

from collections.abc import Collection, Mapping
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
