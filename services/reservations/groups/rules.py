"""Decisions about groups, free of input and output."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from services.common.model import IdempotentRequest
from services.notifications.model import NO, YES, Fact, NoticeCall, NoticeKind
from services.reservations.errors import SlotClosed, SlotDrawn, SlotEnded
from services.reservations.groups.errors import (
    ApplicationBusy,
    ApplicationDecided,
    GroupTooLarge,
    GroupTooSmall,
    TooFewPlaces,
)
from services.reservations.groups.model import OPEN, Application, ApplicationStatus, Contact
from services.reservations.model import Reservation, ReservationStatus, Slot, SlotState
from services.reservations.quotas import flowed, left_for
from services.reservations.rules import entry_ends_at, masked_name, masked_number
from services.venues.model import Channel

# Longer than any request or look of the worker goes on with an approval: who holds it for so long has ended.
TAKE_UP_AFTER = timedelta(seconds=30)
SHUT = frozenset({SlotState.CLOSED, SlotState.WITHDRAWN})


def ensure_applicable(slot: Slot, party_size: int, most_booked: int, now: datetime) -> None:
    """Raise SlotEnded, SlotClosed, SlotDrawn, GroupTooSmall or GroupTooLarge unless a group may ask for places.

    How many are set aside does not matter yet: the venue may set more aside when it sees who wants to come.
    """
    _ensure_open(slot, now)
    if party_size <= most_booked:
        raise GroupTooSmall(most_booked)
    if party_size > slot.capacity:
        raise GroupTooLarge(slot.capacity)


def ensure_approvable(slot: Slot, party_size: int, now: datetime) -> None:
    """Raise SlotEnded, SlotClosed, SlotDrawn or TooFewPlaces unless the group can have its places."""
    _ensure_open(slot, now)
    left = left_for(flowed(slot, now), Channel.GROUP)
    if left < party_size:
        raise TooFewPlaces(left)


def _ensure_open(slot: Slot, now: datetime) -> None:
    if entry_ends_at(slot) <= now:
        raise SlotEnded
    if slot.state is SlotState.DRAWN:
        raise SlotDrawn
    if slot.state is not SlotState.OPEN:
        raise SlotClosed


def is_hopeless(slot: Slot | None, now: datetime) -> bool:
    """Tell whether nobody can be let in any more: the slot is over, shut or gone."""
    return slot is None or slot.state in SHUT or entry_ends_at(slot) <= now


def ensure_pending(application: Application) -> None:
    """Raise ApplicationBusy or ApplicationDecided unless it waits for a decision."""
    if application.status is ApplicationStatus.APPROVING:
        raise ApplicationBusy
    if application.status is not ApplicationStatus.PENDING:
        raise ApplicationDecided


def is_left_alone(application: Application, now: datetime) -> bool:
    """Tell whether whoever approved it must have ended on the way."""
    began = application.attempted_at
    return application.status is ApplicationStatus.APPROVING and (began is None or began + TAKE_UP_AFTER <= now)


def begun(application: Application, *, reservation_id: str, by: str, holder: str, at: datetime) -> Application:
    """Return a pending application as its approval begins."""
    return replace(
        application,
        status=ApplicationStatus.APPROVING,
        version=application.version + 1,
        holder=holder,
        reservation_id=reservation_id,
        attempted_at=at,
        decided_by=by,
    )


def taken_up(application: Application, *, holder: str, at: datetime) -> Application:
    """Return an approval that was left alone, in the hands of somebody else."""
    return replace(application, version=application.version + 1, holder=holder, attempted_at=at)


def reopened(application: Application) -> Application:
    """Return an application whose approval found too few places, as pending again."""
    return replace(
        application,
        status=ApplicationStatus.PENDING,
        version=application.version + 1,
        reservation_id=None,
        attempted_at=None,
        decided_by=None,
    )


def approved(application: Application, *, reservation_id: str, at: datetime) -> Application:
    """Return an application that has its places."""
    return replace(
        application,
        status=ApplicationStatus.APPROVED,
        version=application.version + 1,
        reservation_id=reservation_id,
        decided_at=at,
    )


def followed(application: Application, reservation: Reservation) -> Application:
    """Return an approved application as its reservation says, and the same one when that is nothing new.

    Of a reservation that was moved, only the id of the next one is taken: what that one says is to be looked at.
    """
    if reservation.rescheduled_to is not None:
        return replace(application, reservation_id=reservation.rescheduled_to)
    is_cancelled = reservation.status is ReservationStatus.CANCELLED
    return replace(
        application,
        status=ApplicationStatus.CANCELLED if is_cancelled else application.status,
        reservation_id=reservation.id,
        slot_id=reservation.slot_id,
        starts_at=reservation.starts_at,
        ends_at=reservation.ends_at,
        last_entry_at=reservation.last_entry_at,
        roster_size=0 if is_cancelled else application.roster_size,
    )


def ended(
    application: Application,
    status: ApplicationStatus,
    *,
    holder: str,
    at: datetime,
    by: str | None = None,
    reason: str | None = None,
) -> Application:
    """Return an application that was declined or withdrawn, or has expired; nobody needs the names any more."""
    return replace(
        application,
        status=status,
        version=application.version + 1,
        holder=holder,
        decided_at=at,
        decided_by=by,
        reason=reason,
        roster_size=0,
    )


def is_open(application: Application) -> bool:
    """Tell whether something is still to be decided."""
    return application.status in OPEN


def request_of(application: Application) -> IdempotentRequest:
    """Return the request that its reservation answers: there can be one reservation for it, ever."""
    return IdempotentRequest(id=application.id, fingerprint=application.id)


def reservation_of(application: Application, reservation_id: str) -> Reservation:
    """Return the places that an approval wants. Nobody is named in it: who they are is on the roster."""
    return Reservation(
        id=reservation_id,
        citizen_id=application.citizen_id,
        venue_id=application.venue_id,
        slot_id=application.slot_id,
        starts_at=application.starts_at,
        ends_at=application.ends_at,
        last_entry_at=application.last_entry_at,
        party_size=application.party_size,
        status=ReservationStatus.BOOKED,
        created_at=application.attempted_at or application.created_at,
        cancelled_at=None,
        visitors=(),
        contact_phone=None,
        channel=Channel.GROUP,
    )


def decided_call(application: Application, reservation_id: str | None) -> NoticeCall:
    """Return what the leader shall be told: with a reservation that the group may come."""
    facts = {
        Fact.STARTS_AT: application.starts_at.isoformat(),
        Fact.PARTY_SIZE: str(application.party_size),
        Fact.OUTCOME: NO if reservation_id is None else YES,
    }
    return NoticeCall(
        kind=NoticeKind.GROUP_DECIDED,
        subject_id=application.id,
        citizen_id=application.citizen_id,
        venue_id=application.venue_id,
        facts=facts if reservation_id is None else facts | {Fact.RESERVATION_ID: reservation_id},
        due_at=None,
        expires_at=application.last_entry_at or application.ends_at,
    )


def write_contact(contact: Contact) -> str:
    """Return a contact as one text, which is encrypted as a whole."""
    return json.dumps([contact.name, contact.phone, contact.organisation, contact.note], ensure_ascii=False)


def read_contact(text: str) -> Contact:
    """Return the contact that `write_contact` was given."""
    name, phone, organisation, note = json.loads(text)
    return Contact(name=name, phone=phone, organisation=organisation, note=note)


def masked(contact: Contact) -> Contact:
    """Return a contact as lists show it: enough to recognise, too little to use."""
    return replace(contact, name=masked_name(contact.name), phone=masked_number(contact.phone), note=None)
