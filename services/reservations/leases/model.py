"""Places for walk-ins that a gate has leased, and the commands about them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from services.common.model import IdempotentRequest
from services.reservations.model import LEASE_PREFIX, Reservation, ReservationStatus
from services.reservations.rules import entry_ends_at


class LeaseState(StrEnum):
    """Where a lease stands: what nobody used was given back, or the slot's entry is over."""

    OPEN = "open"
    RETURNED = "returned"
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class LeasePlaces:
    """A gate wants places of a slot that are set aside for walk-ins."""

    gate_id: str
    slot_id: str
    places: int
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class GateDay:
    """Which leases of a gate: those for slots on a day in the city."""

    gate_id: str
    on: date
    limit: int
    after: str | None


@dataclass(frozen=True, kw_only=True)
class LeaseNote:
    """What is kept of a lease beside its reservation: who has it for which gate, and how many places it began with.

    `holder_id` is the gate device, or the account of staff who let people in by hand.
    """

    id: str
    venue_id: str
    gate_id: str
    holder_id: str
    leased: int


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A lease: its note, the reservation that has its places, and how many people the gate has let in on it.

    `surplus` are those beyond the party of the reservation, let in without network, besides `used`.
    """

    note: LeaseNote
    reservation: Reservation
    used: int
    surplus: int = 0

    @property
    def id(self) -> str:
        """The id of the reservation, which is the lease's."""
        return self.note.id

    @property
    def venue_id(self) -> str:
        """The venue of the gate."""
        return self.note.venue_id

    @property
    def gate_id(self) -> str:
        """The gate whose people it is for."""
        return self.note.gate_id

    @property
    def holder_id(self) -> str:
        """Who may let people in on it."""
        return self.note.holder_id

    @property
    def slot_id(self) -> str:
        """The slot that the places are of."""
        return self.reservation.slot_id

    @property
    def starts_at(self) -> datetime:
        """When the slot begins."""
        return self.reservation.starts_at

    @property
    def ends_at(self) -> datetime:
        """When the slot's entry ends, as in the codes of those who booked."""
        return entry_ends_at(self.reservation)

    @property
    def expires_at(self) -> datetime:
        """From when on nobody is let in on it: those who booked may have queued, and come in a little later."""
        return self.ends_at

    @property
    def cancelled(self) -> bool:
        """Tell whether it was given back as a whole."""
        return self.reservation.status is not ReservationStatus.BOOKED

    @property
    def places(self) -> int:
        """How many places it has, used or not."""
        return 0 if self.cancelled else self.reservation.party_size

    @property
    def left(self) -> int:
        """How many people may still be let in on it."""
        return max(0, self.places - self.used)

    @property
    def beyond(self) -> int:
        """How many were let in though there was no place, or it was given back: a gate without network did not know."""
        return self.surplus + max(0, self.used - self.places)

    @property
    def returned(self) -> int:
        """How many places were given back."""
        return self.note.leased - self.places


def walk_ins_of(venue_id: str) -> str:
    """Return whose list the leases of a venue are in: nobody's who could log in."""
    return f"{LEASE_PREFIX}{venue_id}"
