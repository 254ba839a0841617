"""Builds what books visits, and what the rooms around it share with it."""

from dataclasses import dataclass

from services.common.clock import Clock, IdSource
from services.common.protection import FieldCipher, KeyedDigest
from services.policies.directory import PolicyDirectory
from services.reservations.booking import Booking
from services.reservations.cancelling import Cancelling
from services.reservations.drafting import Drafting
from services.reservations.limits import DayLimits
from services.reservations.ports import Pauses, ReservationDesk, ReservationStore, SlotSource
from services.reservations.rescheduling import Rescheduling
from services.venues.directory import VenueDirectory


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where slots and reservations are kept, and places change hands."""

    desk: ReservationDesk
    slots: SlotSource
    reservations: ReservationStore


@dataclass(frozen=True, kw_only=True)
class BookingParts:
    """What books visits, and what drafts the bookings of the rooms around it."""

    booking: Booking
    cancelling: Cancelling
    rescheduling: Rescheduling
    drafting: Drafting
    limits: DayLimits
    pauses: Pauses


def build_booking(
    places: Places,
    *,
    venues: VenueDirectory,
    policies: PolicyDirectory,
    pauses: Pauses,
    cipher: FieldCipher,
    digest: KeyedDigest,
    clock: Clock,
    ids: IdSource,
) -> BookingParts:
    """Put the services together."""
    desk, reservations = places.desk, places.reservations
    drafting = Drafting(venues=venues, policies=policies, cipher=cipher, digest=digest, clock=clock, ids=ids)
    limits = DayLimits(digest)
    return BookingParts(
        booking=Booking(
            desk=desk,
            reservations=reservations,
            drafting=drafting,
            limits=limits,
            pauses=pauses,
            clock=clock,
            ids=ids,
        ),
        cancelling=Cancelling(desk=desk, reservations=reservations, clock=clock, ids=ids),
        rescheduling=Rescheduling(
            desk=desk, reservations=reservations, policies=policies, limits=limits, clock=clock, ids=ids
        ),
        drafting=drafting,
        limits=limits,
        pauses=pauses,
    )
