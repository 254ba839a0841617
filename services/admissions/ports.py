"""What the gate needs from outside."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.admissions.batch import ScanBatch, VenueDay
from services.admissions.model import PassRecord, Scan


class ScanStore(Protocol):
    """Scans, and the passes they change."""

    async def find_many(self, scan_ids: Collection[str]) -> Mapping[str, Scan]:
        """Return the answers given to these scans before, by scan id; nothing for a scan without one."""

    async def find_passes(self, reservation_ids: Collection[str]) -> Mapping[str, PassRecord]:
        """Return what the gate remembers, by reservation id; nothing for a party that neither came nor cancelled."""

    async def find_inside(self, days: Collection[VenueDay], /) -> Mapping[VenueDay, int]:
        """Return how many people are inside, for those days on which somebody was."""

    async def claim(self, batch: ScanBatch) -> bool:
        """Keep a batch whole, or nothing of it; refusals that come without entries are kept each for itself.

        False when what the gate remembers of a party is no longer what it was `before`, when a scan has its answer
        already, or when more people are inside than may be for those who enter: whoever decided must look again.
        """


class Ceilings(Protocol):
    """How many people venues may hold."""

    async def ceiling_of(self, venue_id: str, /) -> int | None:
        """Return how many may be inside at once; None where there is no bound."""


class RevokedCodes(Protocol):
    """Codes that were revoked one by one."""

    def is_revoked(self, reservation_id: str, /) -> bool:
        """Tell whether the codes of a reservation open nothing any more."""


@dataclass(frozen=True, kw_only=True)
class Restrictions:
    """What bounds admissions besides the code itself."""

    ceilings: Ceilings
    revoked: RevokedCodes


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
