"""Invented values of the domain, plain unless a test says otherwise; no two alike."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from services.admissions.model import Decision, Entry, RefusalReason, Scan
from services.common.model import IdempotentRequest
from services.identity.model import Role, Scope, ScopeLevel, Session, StaffAccount
from services.reservations.model import (
    DocumentType,
    ProtectedVisitor,
    Reservation,
    ReservationStatus,
    Slot,
    SlotState,
)
from services.sync.model import EventKind, OutboxEvent
from services.venues.model import District, Gate, GateUse, GeoPoint, OpeningHours, Venue, VenueKind

# The database keeps milliseconds.
NOW = datetime.now(UTC).replace(microsecond=123_000)

_numbers = itertools.count(1)


def new_id(prefix: str) -> str:
    return f"{prefix}_{ULID()}"


def make_slot(**changes: Any) -> Slot:
    """Return a slot that runs now and has ten places."""
    slot = Slot(
        id=new_id("slt"),
        venue_id="ven_example",
        starts_at=NOW - timedelta(minutes=30),
        ends_at=NOW + timedelta(minutes=30),
        capacity=10,
        places_left=10,
        state=SlotState.OPEN,
    )
    return replace(slot, **changes)


def make_visitor(**changes: Any) -> ProtectedVisitor:
    number = next(_numbers)
    visitor = ProtectedVisitor(
        name=b"name",
        id_type=DocumentType.PASSPORT,
        id_number=f"number {number}".encode(),
        document_digest=f"{number:032x}",
    )
    return replace(visitor, **changes)


def make_reservation(slot: Slot, *, party: int = 1, **changes: Any) -> Reservation:
    """Return a reservation of `party` visitors in `slot`, not yet kept."""
    reservation = Reservation(
        id=new_id("rsv"),
        citizen_id=new_id("cit"),
        venue_id=slot.venue_id,
        slot_id=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        party_size=party,
        status=ReservationStatus.BOOKED,
        created_at=NOW,
        cancelled_at=None,
        visitors=tuple(make_visitor() for _ in range(party)),
        contact_phone=None,
    )
    return replace(reservation, **changes)


def make_event(subject_id: str, kind: EventKind = EventKind.RESERVATION_BOOKED) -> OutboxEvent:
    return OutboxEvent(
        id=new_id("evt"), kind=kind, subject_id=subject_id, occurred_at=NOW, payload={"venue_id": "ven_example"}
    )


def make_request(**changes: Any) -> IdempotentRequest:
    number = next(_numbers)
    return replace(IdempotentRequest(id=f"request {number}", fingerprint=f"content {number}"), **changes)


def make_entry(*, count: int = 1, gate_id: str = "gat_east") -> Entry:
    return Entry(gate_id=gate_id, nonce=f"nonce-{next(_numbers)}", count=count, at=NOW)


def make_scan(entry: Entry, reservation_id: str, **changes: Any) -> Scan:
    """Return the scan by which `entry` of a reservation's party was let in."""
    scan = Scan(
        id=f"{entry.gate_id}:{entry.nonce}",
        gate_id=entry.gate_id,
        venue_id="ven_example",
        code_digest="digest",
        decision=Decision.ADMITTED,
        reason=None,
        reservation_id=reservation_id,
        admitted_now=entry.count,
        admitted_count=entry.count,
        party_size=entry.count,
        starts_at=NOW,
        ends_at=NOW,
        scanned_at=NOW,
    )
    return replace(scan, **changes)


def make_refusal(reason: RefusalReason = RefusalReason.TOO_LATE, **changes: Any) -> Scan:
    """Return a scan that was refused."""
    refused = replace(make_scan(make_entry(count=0), ""), decision=Decision.REFUSED, reason=reason, reservation_id=None)
    return replace(refused, **changes)


def make_session(**changes: Any) -> Session:
    session = Session(
        id=new_id("ses"),
        actor_id=new_id("cit"),
        role=Role.CITIZEN,
        generation=1,
        started_at=NOW,
        expires_at=NOW + timedelta(days=1),
        ended_at=None,
    )
    return replace(session, **changes)


def make_staff(**changes: Any) -> StaffAccount:
    account = StaffAccount(
        id=new_id("stf"),
        username=f"somebody-{next(_numbers)}",
        password_hash="hash",
        role=Role.GATE,
        scopes=(Scope(level=ScopeLevel.DISTRICT, id="310101"),),
        demo=False,
    )
    return replace(account, **changes)


def make_district(**changes: Any) -> District:
    district = District(id="310101", city_id="310000", name="黄浦区", name_en="Huangpu", pinyin="huang pu qu")
    return replace(district, **changes)


def make_venue(**changes: Any) -> Venue:
    venue = Venue(
        id=new_id("ven"),
        name="示例场所",
        name_en="Example venue",
        pinyin="shi li chang suo",
        kind=VenueKind.EXHIBITION_HALL,
        address="示例路1号",
        city_id="310000",
        district_id="310101",
        organisation_id=None,
        position=GeoPoint(lng=121.4752, lat=31.2304),
        usual_hours=(OpeningHours(days=(1, 7), opens="00:00", closes="24:00"),),
        gates=(Gate(id=new_id("gat"), name="东门", name_en="East gate", use=GateUse.ENTRANCE),),
        max_party_size=5,
        about="",
        about_en="",
        example=True,
    )
    return replace(venue, **changes)
