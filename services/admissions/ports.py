"""What the gate needs from outside."""

from typing import Protocol

from services.admissions.model import Entry, PassRecord, Scan
from services.sync.model import OutboxEvent


class ScanStore(Protocol):
    """Scans, and what they changed."""

    async def find(self, scan_id: str) -> Scan | None:
        """Return the answer given to this scan before, if any."""

    async def get_pass(self, reservation_id: str, party_size: int) -> PassRecord:
        """Return what the gate remembers; a record of nobody inside for an unknown reservation."""

    async def claim_entry(self, record: PassRecord, entry: Entry, scan: Scan, event: OutboxEvent) -> bool:
        """Let `entry` in on top of `record`, keeping scan and event with it: all or nothing.

        False when what the gate remembers is no longer `record`, or the scan was answered meanwhile.
        """

    async def keep_refusal(self, scan: Scan) -> Scan:
        """Keep a refusal; return the first answer when this scan has one."""
