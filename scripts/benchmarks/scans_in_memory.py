"""The ceiling of the gate: the same decisions, with nothing written anywhere."""

from collections.abc import Collection, Mapping

from services.admissions.batch import ScanBatch, VenueDay
from services.admissions.model import PassRecord, Scan


class NoBounds:
    """Venues that hold everybody, and codes that nobody revokes."""

    async def ceiling_of(self, _venue_id: str, /) -> int | None:
        """Return no bound."""
        return None

    async def was_revoked(self, _reservation_id: str, /) -> bool:
        """Tell that nothing is revoked, to whoever shows codes."""
        return False

    def is_revoked(self, _reservation_id: str, /) -> bool:
        """Tell that nothing is revoked."""
        return False


class ScansInMemory:
    """Scans and passes that live and die with the process."""

    def __init__(self) -> None:
        self._scans: dict[str, Scan] = {}
        self._passes: dict[str, PassRecord] = {}

    async def find_many(self, scan_ids: Collection[str]) -> Mapping[str, Scan]:
        """Return the answers given to these scans before."""
        return {scan_id: self._scans[scan_id] for scan_id in scan_ids if scan_id in self._scans}

    async def find_passes(self, reservation_ids: Collection[str]) -> Mapping[str, PassRecord]:
        """Return what is known of these parties."""
        return {one: self._passes[one] for one in reservation_ids if one in self._passes}

    async def find_inside(self, _days: Collection[VenueDay], /) -> Mapping[VenueDay, int]:
        """Return nobody: the bench has no ceilings."""
        return {}

    async def claim(self, batch: ScanBatch) -> bool:
        """Keep a batch whole, unless something has changed since it was decided."""
        parties = ((change.after.reservation_id, change.before) for change in batch.changes)
        if any(self._passes.get(reservation_id) != before for reservation_id, before in parties):
            return False
        if any(scan.id in self._scans for scan in batch.scans):
            return False
        self._scans.update((scan.id, scan) for scan in batch.scans)
        self._passes.update((change.after.reservation_id, change.after) for change in batch.changes)
        return True
