"""What leases need from outside."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from services.reservations.leases.model import Lease, LeaseNote


class LeaseStore(Protocol):
    """Leases by their ids, and by gate and day."""

    async def note(self, note: LeaseNote, on: date, leased_at: datetime, forget_at: datetime) -> None:
        """Note that there will be this lease, unless the desk refuses it; before that, so that none is missed."""

    async def find(self, lease_id: str) -> Lease | None:
        """Return the lease as it is now."""

    async def of_gate(self, gate_id: str, on: date) -> Sequence[LeaseNote]:
        """Return what a gate has asked for, in the order of asking; some may have come to nothing."""

    async def several(self, notes: Sequence[LeaseNote]) -> Sequence[Lease]:
        """Return those of the leases that came to something, in their order."""
