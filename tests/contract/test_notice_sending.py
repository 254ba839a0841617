"""Calls that become messages, with a worker on the real database."""

from datetime import timedelta
from typing import Any

import pytest

from services.common.mongo import Mongo
from services.notifications.errors import Backoff, SendFailed, SendOutcome
from services.notifications.model import Fact, NoticeKind, NoticeState
from tests.contract.documents import Documents
from tests.factories import NOW
from tests.notices import SOON, TEMPLATES, Hand, Phone, Post, make_call

QUICK = Backoff(first_s=10.0, longest_s=40.0)
LATER = SendFailed(SendOutcome.LATER, "wechat_busy", QUICK)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
async def post(mongo: Mongo, database_name: str, clock: Hand, phone: Phone) -> Post:
    for name in ("notices", "notice_calls", "notice_accepts"):
        await mongo.client[database_name][name].delete_many({})
    return Post(mongo=mongo, clock=clock, sender=phone)


async def test_a_call_becomes_a_message(post: Post, phone: Phone, documents: Documents) -> None:
    call = make_call()
    await post.tell(call, accepts=2)
    await post.go_on()
    ((template_id, fields, page),) = phone.sent
    assert template_id == TEMPLATES[call.kind].id
    assert fields["thing1"] == "示例场所"
    assert page == f"pages/visit/visit?id={call.subject_id}"
    notice = await post.only(call)
    assert (notice.state, notice.tries, notice.ended_at) == (NoticeState.SENT, 1, NOW)
    assert await post.left(call) == 1
    assert await documents.find("notice_calls") == []
    assert post.heard.ends == [(call.kind, NoticeState.SENT, None)]


async def test_the_same_call_again_sends_nothing_more(post: Post, phone: Phone) -> None:
    call = make_call()
    await post.tell(call, call, accepts=5)
    await post.go_on()
    await post.tell(call)
    await post.go_on()
    assert len(phone.sent) == 1


async def test_what_is_not_due_yet_waits(post: Post, phone: Phone, clock: Hand) -> None:
    call = make_call(due_at=NOW + timedelta(hours=1))
    await post.tell(call)
    await post.go_on()
    assert phone.sent == []
    clock.pass_by(hours=1)
    await post.go_on()
    assert len(phone.sent) == 1


async def test_the_evening_before_there_is_a_reminder_with_an_accept_of_its_own(
    post: Post, phone: Phone, clock: Hand
) -> None:
    call = make_call(facts={Fact.STARTS_AT: SOON.isoformat()}, expires_at=SOON)
    await post.tell(call)
    await post.accept(call.citizen_id, NoticeKind.VISIT_REMINDER)
    await post.go_on()
    first, reminder = await post.notices(call)
    assert (first.state, reminder.state) == (NoticeState.SENT, NoticeState.WAITING)
    clock.instant = reminder.due_at + timedelta(seconds=1)
    await post.go_on()
    assert [template_id for template_id, _, _ in phone.sent] == ["demo-booking-confirmed", "demo-visit-reminder"]


async def test_nobody_is_reminded_of_a_visit_that_is_off(post: Post, phone: Phone, clock: Hand) -> None:
    call = make_call(facts={Fact.STARTS_AT: SOON.isoformat()}, expires_at=SOON)
    await post.tell(call)
    await post.accept(call.citizen_id, NoticeKind.VISIT_REMINDER)
    await post.go_on()
    post.places.off.add(call.subject_id)
    clock.instant = (await post.notices(call))[1].due_at + timedelta(seconds=1)
    await post.go_on()
    assert (await post.notices(call))[1].state is NoticeState.WITHDRAWN
    assert len(phone.sent) == 1
    assert (await post.accepts.left(call.citizen_id))[NoticeKind.VISIT_REMINDER] == 1


async def test_without_an_accept_wechat_is_not_asked(post: Post, phone: Phone) -> None:
    call = make_call()
    await post.tell(call, accepts=0)
    await post.go_on()
    await post.accept(call.citizen_id, call.kind)
    await post.go_on()
    assert phone.sent == []
    assert (await post.only(call)).state is NoticeState.NO_ACCEPT


@pytest.mark.parametrize(
    ("changes", "state", "code"),
    [
        ({"expires_at": NOW}, NoticeState.EXPIRED, None),
        ({"facts": {}}, NoticeState.FAILED, "fact_missing"),
        ({"citizen_id": "cit_stranger"}, NoticeState.FAILED, "citizen_unknown"),
    ],
)
async def test_what_cannot_be_sent_ends_without_asking(
    post: Post, phone: Phone, changes: dict[str, Any], state: NoticeState, code: str | None
) -> None:
    post.places.strangers.add("cit_stranger")
    call = make_call(**changes)
    await post.tell(call)
    await post.go_on()
    notice = await post.only(call)
    assert (notice.state, notice.code) == (state, code)
    assert phone.sent == []
    assert await post.left(call) == 1


async def test_a_kind_without_a_template_is_not_sent(post: Post, phone: Phone) -> None:
    call = make_call()
    await post.tell(call)
    others = {kind: one for kind, one in TEMPLATES.items() if kind is not call.kind}
    await post.beside(templates=others).go_on()
    assert (await post.only(call)).state is NoticeState.NO_TEMPLATE
    assert phone.sent == []


@pytest.mark.parametrize(
    ("outcome", "state", "left"),
    [
        (SendOutcome.REFUSED, NoticeState.REFUSED, 0),
        (SendOutcome.FAILED, NoticeState.FAILED, 3),
        (SendOutcome.UNCERTAIN, NoticeState.UNCERTAIN, 2),
    ],
)
async def test_most_failures_are_final(
    post: Post, phone: Phone, clock: Hand, outcome: SendOutcome, state: NoticeState, left: int
) -> None:
    call = make_call()
    phone.failures = [SendFailed(outcome, "why")]
    await post.tell(call, accepts=3)
    for _ in range(3):
        await post.go_on()
        clock.pass_by(hours=1)
    notice = await post.only(call)
    assert (notice.state, notice.code, notice.tries) == (state, "why", 1)
    assert await post.left(call) == left
    assert phone.sent == []


async def test_a_defect_of_the_sender_leaves_it_uncertain(post: Post, phone: Phone, clock: Hand) -> None:
    call = make_call()
    phone.failures = [ZeroDivisionError()]
    await post.tell(call)
    await post.go_on()
    clock.pass_by(hours=1)
    await post.go_on()
    assert (await post.only(call)).state is NoticeState.UNCERTAIN
    assert len(phone.sent) == 1
    assert [type(one) for one in post.heard.defects] == [ZeroDivisionError]


async def test_a_full_quota_rests_the_whole_sender_longer_each_time(post: Post, phone: Phone, clock: Hand) -> None:
    calls = [make_call() for _ in range(3)]
    phone.failures = [LATER] * 3
    await post.tell(*calls)
    await post.go_on()
    # All that were under way together failed together, and the next try is one alone.
    assert post.heard.rests == ["wechat_busy"] * 3
    phone.failures = [LATER]
    clock.pass_by(seconds=7.4)
    await post.go_on()
    assert len(post.heard.rests) == 3
    clock.pass_by(seconds=0.2)
    await post.go_on()
    assert len(post.heard.rests) == 4
    clock.pass_by(seconds=14)
    await post.go_on()
    assert phone.sent == []
    clock.pass_by(seconds=2)
    await post.go_on()
    assert len(phone.sent) == 3
    for call in calls:
        assert (await post.only(call)).state is NoticeState.SENT
        assert await post.left(call) == 0


async def test_a_template_that_wechat_does_not_know_holds_up_its_own_kind_only(
    post: Post, phone: Phone, clock: Hand
) -> None:
    bad = [make_call(kind=NoticeKind.DRAW_RESULT) for _ in range(12)]
    good = make_call(due_at=NOW + timedelta(seconds=1))
    phone.failures = [SendFailed(SendOutcome.KIND_LATER, "wechat_misconfigured", QUICK)] * 8
    await post.tell(*bad, good)
    await post.go_on()
    clock.pass_by(seconds=2)
    await post.go_on()
    assert [template_id for template_id, _, _ in phone.sent] == ["demo-booking-confirmed"]
    clock.pass_by(seconds=60)
    await post.go_on()
    assert len(phone.sent) == 13


async def test_what_waits_too_long_for_wechat_is_not_sent_late(post: Post, phone: Phone, clock: Hand) -> None:
    call = make_call(expires_at=NOW + timedelta(seconds=5))
    phone.failures = [LATER]
    await post.tell(call)
    await post.go_on()
    clock.pass_by(seconds=30)
    await post.go_on()
    assert (await post.only(call)).state is NoticeState.EXPIRED
    assert phone.sent == []
    assert await post.left(call) == 1


async def test_a_backlog_is_worked_through(post: Post, phone: Phone, clock: Hand) -> None:
    calls = [make_call(citizen_id="cit_many", facts={**make_call().facts, Fact.ROUND: str(one)}) for one in range(450)]
    for _ in range(50):
        await post.accept("cit_many", calls[0].kind)
    await post.calls.append(calls)
    clock.pass_by(days=0.5)
    await post.go_on()
    states = [one.state for one in await post.notices(calls[0])]
    assert (states.count(NoticeState.SENT), states.count(NoticeState.NO_ACCEPT)) == (50, 400)
    assert len(phone.sent) == 50
