"""Webhooks: signatures, envelopes, back-off, windows and states."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import pytest

from services.sync.model import EventKind
from services.sync.pseudonyms import Pseudonyms
from services.webhooks import rules
from services.webhooks.envelopes import TOLD, message_of, message_of_test
from services.webhooks.model import Answer, DeliveryState, Failure, PauseReason, SubscriptionState, Tried
from services.webhooks.pacing import AT_ONCE, MOST, Pace, Window
from services.webhooks.signing import SignatureRefused, ensure_signed, key_of, new_secret, signature, signed_headers
from tests.webhooks import NOW, PSEUDONYMS, make_delivery, make_subscription, make_told, no_chance

SOURCE = "https://city.example"
OK, BROKEN = Tried(failure=None, status=204), Tried(failure=Failure.STATUS, status=500)
# Of CloudEvents' own schema (spec.json of 1.0.2) what applies to attributes that we send.
ENVELOPE = {
    "type": "object",
    "required": ["id", "source", "specversion", "type"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "format": "uri-reference", "minLength": 1},
        "specversion": {"const": "1.0"},
        "type": {"type": "string", "minLength": 1},
        "datacontenttype": {"type": "string", "minLength": 1},
        "subject": {"type": "string", "minLength": 1},
        "time": {"type": "string", "format": "date-time", "minLength": 1},
        "data": {},
    },
    "propertyNames": {"pattern": "^[a-z0-9]{1,20}$"},
}


def test_the_vector_of_the_standard() -> None:
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_32_bytes_and_is_never_the_same() -> None:
    first, second = new_secret(), new_secret()
    assert first.startswith("whsec_")
    assert len(key_of(first)) == 32
    assert first != second
    for wrong in ("", "whsec_", "whsec_!", "x y"):
        with pytest.raises(ValueError, match="whsec_"):
            key_of(wrong)


def test_either_of_two_secrets_is_enough_and_no_other_is() -> None:
    old, new, other = (key_of(new_secret()) for _ in range(3))
    headers = signed_headers((new, old), "event-1", NOW, b"{}")
    assert headers["webhook-signature"].count("v1,") == 2
    assert ensure_signed(old, headers, b"{}", NOW) == ensure_signed(new, headers, b"{}", NOW) == "event-1"
    with pytest.raises(SignatureRefused, match="no signature"):
        ensure_signed(other, headers, b"{}", NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_what_is_changed_on_the_way_is_refused(name: str) -> None:
    key = key_of(new_secret())
    headers = signed_headers((key,), "event-1", NOW, b"{}")
    changed = {"webhook-id": "event-2", "webhook-timestamp": str(int(NOW.timestamp()) + 1), "webhook-signature": "v1,é"}
    for wrong in (changed[name], ""):
        with pytest.raises(SignatureRefused):
            ensure_signed(key, headers | {name: wrong}, b"{}", NOW)
    with pytest.raises(SignatureRefused):
        ensure_signed(key, headers, b"{ }", NOW)


@pytest.mark.parametrize("off", [timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)])
def test_a_message_of_another_time_is_refused(off: timedelta) -> None:
    key = key_of(new_secret())
    headers = signed_headers((key,), "event-1", NOW, b"{}")
    with pytest.raises(SignatureRefused, match="five minutes"):
        ensure_signed(key, headers, b"{}", NOW + off)
    assert ensure_signed(key, headers, b"{}", NOW + off * 0.99)


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_is_a_cloud_event_without_ids_that_lead_back(kind: EventKind) -> None:
    event = make_told(
        kind,
        payload={
            **dict.fromkeys(TOLD[kind], "x"),
            "citizen_id": "cit_secret",
            "gate_id": "gat_secret",
        },
    )
    message = message_of(event, SOURCE, PSEUDONYMS)
    told: dict[str, Any] = json.loads(message.body)
    jsonschema.validate(told, ENVELOPE, format_checker=jsonschema.FormatChecker())
    assert told["id"] == message.id
    assert told["type"] == message.type == f"cn.chengma.{kind}.v1"
    assert told["data"].keys() == set(TOLD[kind])
    assert event.id.partition("_")[2] not in message.body
    assert "secret" not in message.body
    personal = kind.startswith(("reservation", "visit"))
    assert (event.subject_id.partition("_")[2] in message.body) is not personal
    assert datetime.fromisoformat(told["time"]) == (
        datetime(2026, 11, 21, 16, tzinfo=UTC) if kind is EventKind.VISIT_ADMITTED else NOW
    )


def test_one_reservation_is_the_same_for_one_receiver_only() -> None:
    booked = make_told()
    entered = make_told(EventKind.VISIT_ADMITTED, subject_id=booked.subject_id)
    others = Pseudonyms.for_recipient(b"p" * 32, "webhook|whk_other")

    def subject(event: Any, pseudonyms: Pseudonyms) -> str:
        return str(json.loads(message_of(event, SOURCE, pseudonyms).body)["subject"])

    assert subject(booked, PSEUDONYMS) == subject(entered, PSEUDONYMS)
    assert subject(booked, PSEUDONYMS) != subject(booked, others)


def test_the_same_event_makes_the_same_message() -> None:
    event = make_told()
    assert message_of(event, SOURCE, PSEUDONYMS) == message_of(event, SOURCE, PSEUDONYMS)
    test = message_of_test("evt_1", "whk_1", NOW, SOURCE, PSEUDONYMS)
    jsonschema.validate(json.loads(test.body), ENVELOPE)
    assert test.type == "cn.chengma.webhook.test.v1"


def test_waits_double_from_5_seconds_to_6_hours() -> None:
    waits = [rules.wait_after(failures, no_chance) for failures in range(1, 40)]
    assert waits[:4] == [timedelta(seconds=5 * 2**n) for n in range(4)]
    assert waits == sorted(waits)
    assert max(waits) == timedelta(hours=6)
    most = [rules.wait_after(failures, lambda: 0.999) for failures in range(1, 40)]
    assert all(few <= many <= min(few * 1.5, timedelta(hours=6)) for few, many in zip(waits, most, strict=True))


def test_a_delivery_is_tried_for_three_days_and_then_dead() -> None:
    delivery, now, tries = make_delivery(), NOW, 0
    while delivery.state is DeliveryState.WAITING:
        delivery, tries = rules.after_try(delivery, BROKEN, now, no_chance), tries + 1
        now = delivery.next_try_at or now
    assert delivery.state is DeliveryState.DEAD
    assert delivery.tries == tries > 20
    assert timedelta(hours=66) <= now - NOW <= timedelta(days=3)
    again = rules.asked_again(delivery, now)
    assert (again.state, again.tries, again.next_try_at) == (DeliveryState.WAITING, 0, now)
    assert rules.after_try(again, OK, now, no_chance).state is DeliveryState.DONE


@pytest.mark.parametrize(
    ("status", "text", "seconds"),
    [
        (503, "120", 120),
        (429, "120", 120),
        (429, "999999999999", 6 * 3600),
        (429, "Sun, 22 Nov 2026 04:40:00 GMT", 600),
        (429, "Sun, 22 Nov 2020 04:40:00 GMT", 0),
        (429, "Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        (429, "Fri, 31 Dec 9999 23:59:59 -2359", 6 * 3600),
        (429, "Mon, 01 Jan 0001 00:00:00 +2359", 0),
        (429, "soon", None),
        (429, "", None),
        (429, "-5", None),
        (500, "120", None),
    ],
)
def test_receivers_may_ask_for_time(status: int, text: str, seconds: float | None) -> None:
    outcome = rules.tried(Answer(status=status, headers={"retry-after": text}), NOW)
    assert outcome == Tried(failure=Failure.STATUS, status=status, retry_after_s=seconds)
    after = rules.after_try(make_delivery(), outcome, NOW, no_chance)
    assert after.next_try_at == NOW + timedelta(seconds=max(5, seconds or 0))


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_two_hundreds_are_success(status: int) -> None:
    assert rules.tried(Answer(status=status, headers={}), NOW).failure is None


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 410, 415, 500])
def test_all_else_is_none(status: int) -> None:
    assert rules.tried(Answer(status=status, headers={}), NOW).failure is Failure.STATUS


def test_who_is_gone_is_not_sent_to() -> None:
    gone = Tried(failure=Failure.STATUS, status=410)
    assert rules.after_try(make_delivery(), gone, NOW, no_chance).state is DeliveryState.DEAD
    paused = rules.after_failure(make_subscription(), gone, NOW)
    assert (paused.state, paused.reason) == (SubscriptionState.PAUSED, PauseReason.GONE)


def test_three_days_of_failures_pause_and_one_success_between_does_not() -> None:
    failing = rules.after_failure(make_subscription(), BROKEN, NOW)
    assert failing.failing_since == NOW
    nearly = rules.after_failure(failing, BROKEN, NOW + timedelta(days=2, hours=23))
    assert nearly.state is SubscriptionState.ACTIVE
    assert rules.after_failure(nearly, BROKEN, NOW + timedelta(days=3)).reason is PauseReason.FAILING
    well = rules.after_success(nearly)
    assert rules.after_failure(well, BROKEN, NOW + timedelta(days=3)).state is SubscriptionState.ACTIVE


def test_who_was_paused_by_somebody_goes_on_and_others_are_asked_first() -> None:
    asked = rules.paused(make_subscription(), PauseReason.ASKED)
    assert rules.resumed(asked, NOW).state is SubscriptionState.ACTIVE
    for reason in (PauseReason.GONE, PauseReason.FAILING, PauseReason.UNCONFIRMED):
        again = rules.resumed(rules.paused(make_subscription(failing_since=NOW), reason), NOW)
        assert (again.state, again.failing_since) == (SubscriptionState.PENDING, None)
    # A pause is no way around the receiver's agreement.
    pending = rules.paused(make_subscription(state=SubscriptionState.PENDING), PauseReason.ASKED)
    assert rules.resumed(pending, NOW).state is SubscriptionState.PENDING


def test_for_whom_events_are_noted() -> None:
    paused = [make_subscription(state=SubscriptionState.PAUSED, reason=reason) for reason in PauseReason]
    every = [make_subscription(), make_subscription(state=SubscriptionState.PENDING), *paused]
    noted = [(one.state, one.reason) for one in every if rules.wants(one, EventKind.VISIT_ADMITTED)]
    assert noted == [(SubscriptionState.ACTIVE, None), (SubscriptionState.PAUSED, PauseReason.ASKED)]
    some = make_subscription(kinds=frozenset({EventKind.ITEM_EVENT}))
    assert rules.wants(some, EventKind.ITEM_EVENT)
    assert not rules.wants(some, EventKind.VISIT_ADMITTED)


def test_agreement_is_in_the_header_and_not_in_the_status() -> None:
    def answer(status: int, **headers: str) -> Answer:
        return Answer(status=status, headers={name.replace("_", "-"): text for name, text in headers.items()})

    for allowed in ("*", "city.example", " City.Example "):
        assert rules.permission(answer(405, webhook_allowed_origin=allowed), "city.example") is None
    for refused in ({}, {"webhook_allowed_origin": "other.example"}, {"webhook_allowed_origin": ""}):
        assert rules.permission(answer(200, **refused), "city.example") is Failure.NOT_ALLOWED
    rates = ["120", "0", "*", "", "x", "9" * 30]
    assert [rules.rate_of(answer(200, webhook_allowed_rate=rate)) for rate in rates] == [120, 1, None, None, None, None]


def test_who_never_agrees_is_asked_for_half_a_day() -> None:
    pending, now = make_subscription(state=SubscriptionState.PENDING), NOW
    while pending.state is SubscriptionState.PENDING:
        pending = rules.unconfirmed(pending, Failure.NOT_ALLOWED, now, no_chance)
        now = pending.handshake.next_try_at
    assert pending.reason is PauseReason.UNCONFIRMED
    assert timedelta(hours=6) < now - NOW < timedelta(hours=18)


def test_the_old_secret_signs_for_a_day() -> None:
    rotated = rules.rotated(make_subscription(), b"new", NOW).secret
    assert rules.secrets_at(rotated, NOW + timedelta(hours=23)) == (b"new", b"c")
    assert rules.secrets_at(rotated, NOW + timedelta(hours=24)) == (b"new",)


def test_a_failing_receiver_gets_one_request_at_a_time() -> None:
    pace = Pace(no_chance)
    assert pace.width(NOW, None) == AT_ONCE
    for _ in range(AT_ONCE):  # all that were sent at once fail: that is one failure
        pace.bad(NOW, None)
    assert pace.width(NOW + timedelta(seconds=4), None) == 0
    assert pace.width(NOW + timedelta(seconds=5), None) == 1
    pace.bad(NOW + timedelta(seconds=5), 90)
    assert pace.width(NOW + timedelta(seconds=94), None) == 0
    assert pace.width(NOW + timedelta(seconds=95), None) == 1
    pace.good()
    assert pace.width(NOW + timedelta(seconds=95), None) == AT_ONCE


def test_a_rate_is_kept_to() -> None:
    pace = Pace(no_chance)
    instants = [NOW + timedelta(milliseconds=100 * tick) for tick in range(600)]
    assert sum(pace.width(instant, 30) for instant in instants) == 30


def test_windows_find_all_and_never_too_much() -> None:
    burst = [NOW - timedelta(days=2, milliseconds=n // 10) for n in range(20_000)]
    left = {*enumerate([NOW - timedelta(days=9), *burst, NOW - timedelta(seconds=1)])}
    window, looks = Window(NOW), 0
    more = True
    while more:
        since, until = window.stretch(NOW)
        due = sorted((at, number) for number, at in left if since < at <= until)[:MOST]
        left -= {(number, at) for at, number in due}
        more, looks = window.looked(until, len(due), NOW), looks + 1
    assert not left
    assert looks < 200
    since, until = window.stretch(NOW + timedelta(seconds=1))
    assert (since, until) == (NOW - timedelta(minutes=1), NOW + timedelta(seconds=1))
