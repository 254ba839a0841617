"""Invented values of the domain, plain unless a test says otherwise; no two alike."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ulid import ULID

from qr.entry_code import EntryForm, EntryPass
from qr.identifiers import venue_tag
from qr.item_code import batch_id_of
from services.admissions.batch import PassChange, ScanBatch
from services.admissions.model import (
    Decision,
    Entry,
    PassRecord,
    Reader,
    Reading,
    RefusalReason,
    RefusedCode,
    Scan,
)
from services.common.model import IdempotentRequest
from services.identity.model import Role, Scope, ScopeLevel, Session, StaffAccount
from services.items.minting import mint_job
from services.items.model import ItemBatch, ItemType, LabelDesign
from services.jobs.model import Job
from services.reservations.changes import Cancellation, GiveBack, NewBooking
from services.reservations.model import DocumentType, ProtectedVisitor, Reservation, ReservationStatus, Slot, SlotState
from services.sync.model import EventKind, OutboxEvent
from services.venues.model import District, Gate, GateUse, GeoPoint, OpeningHours, Venue, VenueKind

# The database keeps milliseconds.
NOW = datetime.now(UTC).replace(microsecond=123_000)

_numbers = itertools.count(1)


def new_id(prefix: str) -> str:
    return f"{prefix}_{ULID()}"


def make_slot(**changes: Any) -> Slot:
    """Return a slot that runs now, longer than the tests do, and has ten places."""
    slot = Slot(
        id=new_id("slt"),
        venue_id="ven_example",
        starts_at=NOW - timedelta(minutes=30),
        ends_at=NOW + timedelta(hours=6),
        capacity=10,
        places_left=10,
        state=SlotState.OPEN,
    )
    return replace(slot, **changes)


def make_visitor(**changes: Any) -> ProtectedVisitor:
    number = next(_numbers)
    visitor = ProtectedVisitor(
        identity=f"person {number}".encode(),
        id_type=DocumentType.PASSPORT,
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


def make_booking(slot: Slot, *, party: int = 1, request: IdempotentRequest | None = None, **changes: Any) -> NewBooking:
    """Return the wish of `party` visitors for places in `slot`; `changes` are those of the reservation."""
    reservation = make_reservation(slot, party=party, **changes)
    return NewBooking(reservation=reservation, request=request, event=make_event(reservation.id))


def make_cancellation(reservation: Reservation, *, at: datetime = NOW) -> Cancellation:
    event = make_event(reservation.id, EventKind.RESERVATION_CANCELLED)
    return Cancellation(reservation=reservation, cancelled_at=at, event=event)


def make_give_back(booking: NewBooking, *, at: datetime = NOW) -> GiveBack:
    event = make_event(booking.reservation.id, EventKind.RESERVATION_CANCELLED)
    return GiveBack(booking=booking, cancelled_at=at, event=event)


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


def make_admission(scan: Scan, entry: Entry, before: PassRecord | None = None) -> ScanBatch:
    """Return the batch by which `entry` joins those who are inside `before`."""
    nobody = PassRecord(
        reservation_id=str(scan.reservation_id),
        party_size=scan.party_size,
        admitted_count=0,
        cancelled_at=None,
        entries=(),
    )
    known = before or nobody
    after = replace(known, admitted_count=known.admitted_count + entry.count, entries=(*known.entries, entry))
    return ScanBatch(
        scans=(scan,),
        changes=(PassChange(venue_id=scan.venue_id, before=before, after=after),),
        events=(make_event(known.reservation_id, EventKind.VISIT_ADMITTED),),
    )


def make_entry_pass(**changes: Any) -> EntryPass:
    """Return what a genuine code of a party of two proves."""
    starts_at = NOW.replace(second=0, microsecond=0)
    entry_pass = EntryPass(
        form=EntryForm.SCREEN,
        kid=1,
        reservation_id=new_id("rsv"),
        venue_tag=venue_tag("ven_example"),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        party_size=2,
    )
    return replace(entry_pass, **changes)


def make_reading(code: EntryPass | RefusedCode, **changes: Any) -> Reading:
    """Return a scan of `code` that waits for its answer."""
    nonce = changes.pop("nonce", f"nonce-{next(_numbers)}")
    gate_id = changes.pop("gate_id", "gat_east")
    reading = Reading(
        scan_id=f"{gate_id}:{nonce}",
        event_id=new_id("evt"),
        code_digest=f"digest of {code}",
        gate_id=gate_id,
        venue_id="ven_example",
        nonce=nonce,
        count=None,
        code=code,
        scanned_at=NOW,
        reader=Reader(id="ses_example", device_id=None),
    )
    return replace(reading, **changes)


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


CITY = Scope(level=ScopeLevel.CITY, id="310000")


def make_item_type(**changes: Any) -> ItemType:
    item_type = ItemType(
        id=new_id("ity"),
        owner=CITY,
        seen_by=("city:310000",),
        name="示例物品",
        name_en="Example item",
        attributes_schema={"type": "object", "properties": {"material": {"type": "string"}}},
        public_attributes=("material",),
        label=LabelDesign(layout="a4-70", title="示例物品"),
        required_inspections=(),
        version=1,
        created_at=NOW,
    )
    return replace(item_type, **changes)


def make_batch(**changes: Any) -> ItemBatch:
    """Return a batch of ten; its number is nobody else's."""
    number = changes.pop("number", int(NOW.timestamp()) + next(_numbers))
    batch = ItemBatch(
        id=batch_id_of(number),
        number=number,
        kid=1,
        type_id=new_id("ity"),
        owner=CITY,
        seen_by=("city:310000",),
        quantity=10,
        job_id=new_id("job"),
        created_at=NOW,
    )
    return replace(batch, **changes)


def make_mint_job(batch: ItemBatch | None = None, **changes: Any) -> Job:
    return replace(mint_job(batch or make_batch()), **changes)
