"""Builds what booking, the gate and the rooms around them stand on."""

from dataclasses import dataclass

from server.visits.booking import BookingParts, Places, build_booking
from server.visits.gate import GateParts, build_gate
from server.visits.no_shows import build_pauses
from server.visits.planning import build_emptying
from services.admissions.ceilings.directory import CeilingDirectory
from services.admissions.ceilings.mongo import MongoGatePolicies
from services.admissions.ports import Restrictions
from services.admissions.revocations.directory import Revocations
from services.admissions.revocations.mongo import MongoRevocations
from services.common.clock import Clock, IdSource
from services.common.mongo import Mongo
from services.common.protection import FieldCipher, KeyedDigest
from services.policies.directory import PolicyDirectory
from services.policies.mongo import MongoPolicies
from services.reservations.entry_codes import EntryCodes
from services.reservations.entry_keys import EntryKeys
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.planning.emptying import Emptying
from services.reservations.ports import ReservationDesk, ReservationStore
from services.reservations.reading import Reading
from services.reservations.timetable import Timetable
from services.venues.directory import VenueDirectory


@dataclass(frozen=True, kw_only=True)
class VisitCore:
    """What a process has one of, whoever asks for it."""

    policies: PolicyDirectory
    ceilings: CeilingDirectory
    revocations: Revocations
    reservations: ReservationStore
    bookings: BookingParts
    reading: Reading
    entry_codes: EntryCodes
    gate: GateParts
    emptying: Emptying


def build_core(
    desk: ReservationDesk,
    *,
    mongo: Mongo,
    cipher: FieldCipher,
    digest: KeyedDigest,
    venues: VenueDirectory,
    entry_keys: EntryKeys,
    clock: Clock,
    ids: IdSource,
) -> VisitCore:
    """Put it together around the desk, where places change hands."""
    reservations = MongoReservations(mongo)
    revoked = MongoRevocations(mongo)
    revocations = Revocations(store=revoked, clock=clock)
    policies = PolicyDirectory(store=MongoPolicies(mongo), clock=clock)
    ceilings = CeilingDirectory(store=MongoGatePolicies(mongo), clock=clock)
    slots = Timetable(slots=MongoSlots(mongo), desk=desk, clock=clock)
    bookings = build_booking(
        Places(desk=desk, slots=slots, reservations=reservations),
        venues=venues,
        policies=policies,
        pauses=build_pauses(mongo, clock),
        cipher=cipher,
        digest=digest,
        clock=clock,
        ids=ids,
    )
    return VisitCore(
        policies=policies,
        ceilings=ceilings,
        revocations=revocations,
        reservations=reservations,
        bookings=bookings,
        reading=Reading(slots=slots, reservations=reservations, venues=venues, cipher=cipher),
        entry_codes=EntryCodes(reservations=reservations, revoked=revoked, keys=entry_keys, clock=clock),
        gate=build_gate(
            mongo=mongo,
            cipher=cipher,
            venues=venues,
            keys=entry_keys,
            restrictions=Restrictions(ceilings=ceilings, revoked=revocations),
            digest=digest,
            clock=clock,
            ids=ids,
        ),
        emptying=build_emptying(mongo, desk=desk, bookings=bookings, policies=policies, clock=clock, ids=ids),
    )
