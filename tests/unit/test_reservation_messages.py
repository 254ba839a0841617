"""Changes and what they come to, on their way between two server processes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import CodeType, FunctionType
from typing import Any

import pytest
from bson import CodecOptions, decode, encode

from services.common.errors import DatabaseUnavailable, DomainError, TooBusy
from services.notifications.model import NoticeKind
from services.reservations import ports
from services.reservations.changes import BookingWay, Cancellation, NewBooking
from services.reservations.desk import GroupCommitDesk
from services.reservations.documents import booking_document
from services.reservations.errors import DayLimitReached, SlotFull, VisitBegun, VisitorAlreadyBooked
from services.reservations.messages import (
    REFUSALS,
    SILENCE,
    change_document,
    outcome_document,
    read_change,
    read_outcome,
)
from services.reservations.model import EndReason, ReservationStatus
from services.reservations.ports import Answer, PeerSilent
from services.venues.model import Channel
from tests.changes import limited, make_call, make_joining, make_lapse, make_limit, make_offer
from tests.factories import NOW, make_booking, make_cancellation, make_request, make_reservation, make_slot

AWARE: CodecOptions[Mapping[str, Any]] = CodecOptions(tz_aware=True)
# What the desk raises to itself.
INTERNAL = {ports.LedgerMoved, ports.Objected, ports.OutcomeUnknown}
# What only those changes are refused with that no process asks another one for.
MADE_HERE = {
    "AlreadyWaiting",
    "NotHeld",
    "NotNext",
    "PlacesFree",
    "QuotaBelowBooked",
    "QuotaInvalid",
    "SlotStateChanged",
}


def travelled(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what arrives of a document."""
    return decode(encode(document), AWARE)


def made_of(change: NewBooking | Cancellation, outcome: Answer | Exception) -> Answer | Exception:
    """Return what the asker reads of what the answerer came to."""
    return read_outcome(change, travelled(outcome_document(outcome)))


def bookings() -> list[NewBooking]:
    slot = make_slot()
    return [
        make_booking(slot),
        make_booking(slot, party=3, request=make_request()),
        make_booking(slot, contact_phone=b"\x00\xff phone"),
        limited(make_booking(slot, party=2), make_limit(), make_limit(most=3, index=1)),
        replace(
            make_booking(slot, channel=Channel.GROUP, last_entry_at=NOW),
            way=BookingWay.STAFF,
            event=None,
            calls=(make_call(make_reservation(slot), NoticeKind.DRAW_RESULT, {"outcome": "yes"}),),
        ),
    ]


def cancellations() -> list[Cancellation]:
    return [
        make_cancellation(make_reservation(make_slot(), party=2)),
        make_cancellation(make_reservation(make_slot(), contact_phone=b"phone"), at=NOW + timedelta(milliseconds=1)),
        make_cancellation(
            make_reservation(make_slot(), status=ReservationStatus.CANCELLED, cancelled_at=NOW - timedelta(days=400))
        ),
        make_lapse(make_offer(make_joining(make_slot()))),
        replace(
            make_cancellation(make_reservation(make_slot(), day_counts=("a day",), number=7)),
            reason=EndReason.VENUE,
            calls=(make_call(make_reservation(make_slot()), NoticeKind.BOOKING_CANCELLED_BY_VENUE),),
            moved_to="rsv_elsewhere",
        ),
    ]


@pytest.mark.parametrize("change", [*bookings(), *cancellations()], ids=lambda change: type(change).__name__)
def test_a_change_arrives_as_it_was_sent(change: NewBooking | Cancellation) -> None:
    arrived = read_change(travelled(change_document(change)))
    assert isinstance(arrived, type(change))
    assert vars(arrived) == vars(change)
    # And it would be kept as the same document: enumerations and instants are what they were.
    if isinstance(arrived, NewBooking) and isinstance(change, NewBooking):
        assert encode(booking_document(arrived)) == encode(booking_document(change))
    assert arrived.reservation.starts_at.utcoffset() == timedelta()
    assert (arrived.event is None) is (change.event is None)
    assert arrived.event is None or arrived.event.occurred_at.utcoffset() == timedelta()


def test_an_instant_of_another_zone_stays_the_same_instant() -> None:
    there = datetime(2026, 11, 22, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    booking = make_booking(make_slot(), starts_at=there)
    arrived = read_change(travelled(change_document(booking)))
    assert arrived.reservation.starts_at == there == datetime(2026, 11, 22, tzinfo=UTC)


def test_a_request_that_named_no_key_arrives_without_one() -> None:
    with_key, without = make_booking(make_slot(), request=make_request()), make_booking(make_slot())
    arrived = [read_change(travelled(change_document(booking))) for booking in (with_key, without)]
    assert [one.request for one in arrived if isinstance(one, NewBooking)] == [with_key.request, None]


def test_personal_values_travel_as_they_are_kept() -> None:
    document = change_document(make_booking(make_slot(), party=2))
    assert {type(visitor["identity"]) for visitor in document["booking"]["visitors"]} == {bytes}


@pytest.mark.parametrize("booking", bookings())
def test_a_booking_that_was_made_is_the_askers_own_reservation(booking: NewBooking) -> None:
    assert made_of(booking, booking.reservation) == booking.reservation


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_cancellation_tells_whether_it_took_effect(*, took_effect: bool) -> None:
    assert made_of(make_cancellation(make_reservation(make_slot())), took_effect) is took_effect


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_arrives_as_what_it_was(name: str) -> None:
    refusal = REFUSALS[name](3)
    arrived = made_of(make_booking(make_slot()), refusal)
    assert type(arrived) is type(refusal)
    assert type(arrived).__name__ == name
    assert str(arrived) == str(refusal)
    assert said(arrived) == said(refusal)


def said(refusal: object) -> object:
    """Return everything that a person hears of a refusal."""
    assert isinstance(refusal, Exception)
    if not isinstance(refusal, DomainError):
        return type(refusal)
    return (refusal.code, refusal.title, refusal.detail, refusal.errors, refusal.retry_after_s, refusal.extra)


@pytest.mark.parametrize("left", [0, 1, 4])
def test_how_many_places_are_left_arrives(left: int) -> None:
    arrived = made_of(make_booking(make_slot()), SlotFull(left))
    assert isinstance(arrived, SlotFull)
    assert arrived.places_left == left


@pytest.mark.parametrize("index", [0, 2])
def test_which_visitor_holds_a_place_already_arrives(index: int) -> None:
    arrived = made_of(make_booking(make_slot(), party=3), VisitorAlreadyBooked(index))
    assert isinstance(arrived, VisitorAlreadyBooked)
    assert arrived.index == index


@pytest.mark.parametrize("index", [None, 0, 2])
def test_whose_day_is_used_up_arrives(index: int | None) -> None:
    arrived = made_of(make_booking(make_slot(), party=3), DayLimitReached(index))
    assert isinstance(arrived, DayLimitReached)
    assert arrived.index == index
    assert said(arrived) == said(DayLimitReached(index))


@pytest.mark.parametrize("refusal", [TooBusy(retry_after_s=1), DatabaseUnavailable(retry_after_s=1), VisitBegun()])
def test_a_cancellation_can_be_refused(refusal: Exception) -> None:
    arrived = made_of(make_cancellation(make_reservation(make_slot())), refusal)
    assert said(arrived) == said(refusal)


@pytest.mark.parametrize("change", [*bookings()[:1], *cancellations()[:1]], ids=lambda change: type(change).__name__)
@pytest.mark.parametrize("outcome", [KeyError("x"), ZeroDivisionError(), PeerSilent()])
def test_what_is_no_refusal_counts_as_silence(change: NewBooking | Cancellation, outcome: Exception) -> None:
    assert isinstance(made_of(change, outcome), PeerSilent)


@pytest.mark.parametrize(
    "document", [SILENCE, {"refusal": "SlotHaunted", "detail": 1}, {"refusal": None}, {"refusal": ["SlotFull"]}, {}]
)
def test_an_outcome_that_cannot_be_read_counts_as_silence(document: Mapping[str, Any]) -> None:
    for change in (make_booking(make_slot()), make_cancellation(make_reservation(make_slot()))):
        assert isinstance(read_outcome(change, travelled(document)), PeerSilent)


def test_a_sudden_subclass_of_a_refusal_is_not_taken_for_another_one() -> None:
    class SlotHaunted(SlotFull):
        """Not known to older processes."""

    assert isinstance(made_of(make_booking(make_slot()), SlotHaunted(0)), PeerSilent)


def test_everything_that_the_desk_can_refuse_with_can_travel() -> None:
    refusals = {one.__name__ for one in refusals_of(GroupCommitDesk)}
    assert refusals == set(REFUSALS) | MADE_HERE
    assert not MADE_HERE & set(REFUSALS)


def refusals_of(start: type) -> set[type[Exception]]:
    """Return the refusals that the code of `start`, and what it calls, has a name for."""
    seen: set[object] = set()
    waiting: list[object] = [start]
    while waiting:
        for named in _named_in(waiting.pop()):
            if named not in seen:
                seen.add(named)
                waiting.append(named)
    found = {one for one in seen if isinstance(one, type) and issubclass(one, Exception)} - INTERNAL
    # A family has no code of its own; only its leaves are raised.
    return {one for one in found if not issubclass(one, DomainError) or hasattr(one, "code")}


def _named_in(thing: object) -> Iterator[object]:
    for function in _functions_of(thing):
        for name in _names(function.__code__):
            named = function.__globals__.get(name)
            if isinstance(named, type | FunctionType) and named.__module__.startswith("services."):
                yield named


def _functions_of(thing: object) -> Iterator[FunctionType]:
    if isinstance(thing, FunctionType):
        yield thing
    elif isinstance(thing, type):
        for value in vars(thing).values():
            inner: Callable[..., Any] | None = getattr(value, "__func__", getattr(value, "fget", value))
            if isinstance(inner, FunctionType):
                yield inner


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
