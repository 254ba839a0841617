"""Rules of groups: who may apply, what is left alone, and what the leader is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifications.rules import notices_of
from services.notifications.templates import DEMO_TEMPLATES, read_template, render
from services.reservations.errors import SlotClosed, SlotDrawn, SlotEnded
from services.reservations.groups import errors, rules
from services.reservations.groups.model import Application, ApplicationStatus, Contact, Purpose
from services.reservations.model import Allotment, SlotState
from services.venues.model import Channel
from tests.factories import NOW, make_slot

HOUR = timedelta(hours=1)


def make_application(**changes: object) -> Application:
    application = Application(
        id="gap_1",
        citizen_id="cit_1",
        venue_id="ven_1",
        slot_id="slt_1",
        starts_at=NOW + timedelta(days=3),
        ends_at=NOW + timedelta(days=3, hours=2),
        last_entry_at=None,
        party_size=30,
        purpose=Purpose.EDUCATION,
        contact=b"",
        status=ApplicationStatus.PENDING,
        created_at=NOW,
        version=1,
        holder="hld_1",
    )
    return replace(application, **changes)  # type: ignore[arg-type]  # as the test says


def set_aside(left: int, *, flows_in: timedelta | None = None) -> tuple[Allotment, ...]:
    flows_at = None if flows_in is None else NOW + flows_in
    return (Allotment(channel=Channel.GROUP, places=left, left=left, flows_at=flows_at),)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"ends_at": NOW}, SlotEnded),
        ({"last_entry_at": NOW}, SlotEnded),
        ({"state": SlotState.CLOSED}, SlotClosed),
        ({"state": SlotState.WITHDRAWN}, SlotClosed),
        ({"state": SlotState.DRAWN}, SlotDrawn),
        ({"capacity": 5}, errors.GroupTooSmall),
        ({"capacity": 29}, errors.GroupTooLarge),
    ],
)
def test_not_every_slot_takes_groups(changes: dict[str, object], refusal: type[Exception]) -> None:
    size = 5 if refusal is errors.GroupTooSmall else 30
    with pytest.raises(refusal):
        rules.ensure_applicable(make_slot(**{"capacity": 100, **changes}), size, 5, NOW)
    rules.ensure_applicable(make_slot(capacity=30), 30, 5, NOW)


def test_places_that_have_flowed_over_are_no_groups() -> None:
    rules.ensure_approvable(make_slot(set_aside=set_aside(30)), 30, NOW)
    rules.ensure_approvable(make_slot(set_aside=set_aside(30, flows_in=HOUR)), 30, NOW)
    for slot, left in (
        (make_slot(set_aside=set_aside(29)), 29),
        (make_slot(set_aside=set_aside(30, flows_in=-HOUR)), 0),
        (make_slot(), 0),
    ):
        with pytest.raises(errors.TooFewPlaces) as refused:
            rules.ensure_approvable(slot, 30, NOW)
        assert refused.value.places_left == left


def test_an_approval_is_left_alone_after_a_while() -> None:
    begun = rules.begun(make_application(), reservation_id="rsv_1", by="stf_1", holder="hld_2", at=NOW)
    assert (begun.status, begun.version, begun.reservation_id) == (ApplicationStatus.APPROVING, 2, "rsv_1")
    assert not rules.is_left_alone(begun, NOW + rules.TAKE_UP_AFTER - timedelta(milliseconds=1))
    assert rules.is_left_alone(begun, NOW + rules.TAKE_UP_AFTER)
    assert not rules.is_left_alone(make_application(), NOW + HOUR)
    again = rules.taken_up(begun, holder="hld_3", at=NOW + HOUR)
    assert not rules.is_left_alone(again, NOW + HOUR)
    reopened = rules.reopened(again)
    assert (reopened.status, reopened.reservation_id, reopened.decided_by) == (ApplicationStatus.PENDING, None, None)
    assert [one.version for one in (begun, again, reopened)] == [2, 3, 4]


@pytest.mark.parametrize("status", set(ApplicationStatus) - {ApplicationStatus.PENDING})
def test_only_what_is_pending_can_be_decided(status: ApplicationStatus) -> None:
    busy = status is ApplicationStatus.APPROVING
    with pytest.raises(errors.ApplicationBusy if busy else errors.ApplicationDecided):
        rules.ensure_pending(make_application(status=status))


def test_what_is_told_names_nobody_and_can_be_said() -> None:
    application = make_application()
    for reservation_id, phrase, kinds in (("rsv_1", "申请通过", 2), (None, "申请未通过", 1)):
        call = rules.decided_call(application, reservation_id)
        assert not {"name", "phone", "contact"} & call.facts.keys()
        notices = notices_of(call, NOW, lambda: "ntc_1")
        assert len(notices) == kinds  # who may come is reminded the evening before
        template = read_template(DEMO_TEMPLATES[call.kind])
        assert template is not None
        assert render(notices[0], template, "示例场所")["phrase3"] == phrase


def test_a_masked_contact_has_no_note() -> None:
    contact = Contact(name="示例联系人", phone="13800000000", organisation="示例学校", note="示例")
    assert rules.read_contact(rules.write_contact(contact)) == contact
    assert rules.masked(contact) == Contact(name="示****", phone="*******0000", organisation="示例学校", note=None)
    assert "1380" not in repr(contact)
