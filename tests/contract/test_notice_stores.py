"""Calls, notices and accepts in the real database."""

import asyncio
from datetime import timedelta

import pytest

from services.common.idempotency import IdempotencyKeyReused
from services.common.mongo import Mongo, Session
from services.notifications.model import (
    AcceptFate,
    AcceptGiven,
    Attempt,
    Claim,
    Grant,
    NoticeKind,
    NoticeState,
    Settlement,
)
from services.notifications.mongo import MongoAccepts, MongoNoticeCalls, MongoNotices
from tests.contract.documents import Documents
from tests.factories import NOW, new_id
from tests.notices import make_call, make_notice

KIND = NoticeKind.BOOKING_CONFIRMED
LONG_AGO, HOLD = NOW - timedelta(days=40), NOW + timedelta(minutes=2)


@pytest.fixture
def calls(mongo: Mongo) -> MongoNoticeCalls:
    return MongoNoticeCalls(mongo)


@pytest.fixture
def notices(mongo: Mongo) -> MongoNotices:
    return MongoNotices(mongo)


@pytest.fixture
def accepts(mongo: Mongo) -> MongoAccepts:
    return MongoAccepts(mongo)


def grant(citizen_id: str, *, grant_id: str | None = None, kind: NoticeKind = KIND) -> Grant:
    given = (AcceptGiven(kind=kind, accepted=True),)
    return Grant(id=grant_id or new_id("acc"), citizen_id=citizen_id, accepts=given)


async def test_the_calls_of_a_transaction_are_one_document_and_come_back_as_they_were(
    calls: MongoNoticeCalls, mongo: Mongo, documents: Documents
) -> None:
    told = [make_call(due_at=NOW + timedelta(hours=1)), make_call(kind=NoticeKind.WAITLIST_OFFER)]

    async def work(session: Session) -> None:
        await calls.append(told, session)

    await mongo.transact(work)
    await calls.append(())
    (document,) = await documents.find("notice_calls")
    (parcel,) = await calls.waiting(LONG_AGO, document["told_at"] + timedelta(milliseconds=1), 10)
    assert parcel.id == document["_id"]
    assert list(parcel.calls) == told
    assert await calls.waiting(LONG_AGO, document["told_at"], 10) == []
    await calls.remove([parcel.id])
    assert await documents.find("notice_calls") == []


async def test_what_is_rolled_back_told_nobody_anything(
    calls: MongoNoticeCalls, mongo: Mongo, documents: Documents
) -> None:
    async def work(session: Session) -> None:
        await calls.append([make_call()], session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await mongo.transact(work)
    assert await documents.find("notice_calls") == []


async def test_a_notice_comes_back_as_it_was_and_is_there_once(notices: MongoNotices) -> None:
    notice = make_notice()
    await notices.add_missing([notice])
    await notices.add_missing([make_notice(key=notice.key, citizen_id=notice.citizen_id), make_notice()])
    await notices.add_missing([])
    assert await notices.between(notice.citizen_id, "ntc_", "ntc_~") == [notice]
    assert await notices.between(notice.citizen_id, "ntc_", notice.id) == []


async def test_what_is_due_is_found_by_its_time(notices: MongoNotices) -> None:
    due_at = NOW - timedelta(days=20)
    early, late = make_notice(due_at=due_at), make_notice(due_at=due_at + timedelta(seconds=1))
    await notices.add_missing([late, early])
    until = late.due_at + timedelta(milliseconds=1)
    assert await notices.due(due_at, until, 10) == [early, late]
    assert await notices.due(due_at, until, 1) == [early]
    assert await notices.due(due_at, late.due_at, 10) == [early]
    assert await notices.count_due(due_at, until) == 2
    await notices.put_off(early, until)
    assert await notices.due(due_at, until, 10) == [late]


async def test_a_claim_takes_an_accept_and_only_one_has_it(notices: MongoNotices, accepts: MongoAccepts) -> None:
    notice = make_notice()
    await notices.add_missing([notice])
    await accepts.grant(grant(notice.citizen_id), "f", NOW)
    attempts = [Attempt(id=new_id("nta"), notice=notice) for _ in range(4)]
    claims = await asyncio.gather(*(notices.claim(one, HOLD) for one in attempts))
    assert sorted(claims) == [Claim.CLAIMED, *[Claim.LOST] * 3]
    assert (await accepts.left(notice.citizen_id))[KIND] == 0
    (held,) = await notices.between(notice.citizen_id, "ntc_", "ntc_~")
    assert (held.state, held.fence, held.tries) == (NoticeState.SENDING, 1, 1)


async def test_who_claimed_and_did_not_hear_of_it_is_told_so_when_it_asks_again(
    notices: MongoNotices, accepts: MongoAccepts
) -> None:
    notice = make_notice()
    await notices.add_missing([notice])
    await accepts.grant(grant(notice.citizen_id), "f", NOW)
    attempt = Attempt(id=new_id("nta"), notice=notice)
    assert [await notices.claim(attempt, HOLD) for _ in range(2)] == [Claim.CLAIMED, Claim.CLAIMED]
    assert (await accepts.left(notice.citizen_id))[KIND] == 0


async def test_without_an_accept_nothing_is_claimed(notices: MongoNotices, accepts: MongoAccepts) -> None:
    notice = make_notice()
    await notices.add_missing([notice])
    await accepts.grant(grant(notice.citizen_id, kind=NoticeKind.VISIT_REMINDER), "f", NOW)
    assert await notices.claim(Attempt(id=new_id("nta"), notice=notice), HOLD) is Claim.NO_ACCEPT
    assert await notices.between(notice.citizen_id, "ntc_", "ntc_~") == [notice]
    assert await notices.end(notice, NoticeState.NO_ACCEPT, NOW)
    assert not await notices.end(notice, NoticeState.EXPIRED, NOW)
    (ended,) = await notices.between(notice.citizen_id, "ntc_", "ntc_~")
    assert (ended.state, ended.ended_at) == (NoticeState.NO_ACCEPT, NOW)


@pytest.mark.parametrize(("fate", "left"), [(AcceptFate.USED, 2), (AcceptFate.GIVEN_BACK, 3), (AcceptFate.CLEARED, 0)])
async def test_an_end_settles_the_accept_once(
    notices: MongoNotices, accepts: MongoAccepts, fate: AcceptFate, left: int
) -> None:
    notice = make_notice()
    await notices.add_missing([notice])
    for _ in range(3):
        await accepts.grant(grant(notice.citizen_id), "f", NOW)
    attempt = Attempt(id=new_id("nta"), notice=notice)
    settlement = Settlement(state=NoticeState.FAILED, accept=fate, at=NOW, code="why")
    assert not await notices.settle(attempt, settlement)
    await notices.claim(attempt, HOLD)
    assert not await notices.settle(Attempt(id=new_id("nta"), notice=notice), settlement)
    assert [await notices.settle(attempt, settlement) for _ in range(2)] == [True, False]
    assert (await accepts.left(notice.citizen_id))[KIND] == left
    (ended,) = await notices.between(notice.citizen_id, "ntc_", "ntc_~")
    assert (ended.state, ended.code, ended.ended_at) == (NoticeState.FAILED, "why", NOW)


async def test_what_a_dead_worker_held_is_uncertain_and_stays_so_unless_it_comes_back(
    notices: MongoNotices, accepts: MongoAccepts
) -> None:
    notice, now = make_notice(), NOW + timedelta(days=3)
    await notices.add_missing([notice])
    await accepts.grant(grant(notice.citizen_id), "f", NOW)
    attempt = Attempt(id=new_id("nta"), notice=notice)
    await notices.claim(attempt, now)
    assert await notices.give_up_stale(now - timedelta(seconds=1), now) == []
    later = now + timedelta(milliseconds=1)
    assert await notices.give_up_stale(now - timedelta(seconds=1), later) == [KIND]
    assert await notices.give_up_stale(now - timedelta(seconds=1), later) == []
    (given_up,) = await notices.between(notice.citizen_id, "ntc_", "ntc_~")
    assert (given_up.state, given_up.code) == (NoticeState.UNCERTAIN, "worker_gone")
    assert await notices.claim(Attempt(id=new_id("nta"), notice=given_up), HOLD) is Claim.LOST
    sent = Settlement(state=NoticeState.SENT, accept=AcceptFate.USED, at=later)
    assert await notices.settle(attempt, sent)
    (known,) = await notices.between(notice.citizen_id, "ntc_", "ntc_~")
    assert (known.state, known.code) == (NoticeState.SENT, None)


async def test_who_comes_back_and_sent_nothing_lets_it_wait_again(notices: MongoNotices, accepts: MongoAccepts) -> None:
    notice, now = make_notice(), NOW + timedelta(days=4)
    await notices.add_missing([notice])
    await accepts.grant(grant(notice.citizen_id), "f", NOW)
    attempt = Attempt(id=new_id("nta"), notice=notice)
    await notices.claim(attempt, now)
    await notices.give_up_stale(now, now + timedelta(seconds=1))
    later = Settlement(state=NoticeState.WAITING, accept=AcceptFate.GIVEN_BACK, at=now, due_at=now)
    assert await notices.settle(attempt, later)
    (waiting,) = await notices.between(notice.citizen_id, "ntc_", "ntc_~")
    assert (waiting.state, waiting.due_at, waiting.ended_at, waiting.code) == (NoticeState.WAITING, now, None, None)
    assert await notices.claim(Attempt(id=new_id("nta"), notice=waiting), now) is Claim.CLAIMED


async def test_accepts_add_up_once_for_each_id(accepts: MongoAccepts, documents: Documents) -> None:
    citizen_id = new_id("cit")
    assert await accepts.left(citizen_id) == {}
    await accepts.grant(
        Grant(id="no", citizen_id=citizen_id, accepts=(AcceptGiven(kind=KIND, accepted=False),)), "f", NOW
    )
    assert await accepts.left(citizen_id) == {}
    for _ in range(2):
        await accepts.grant(grant(citizen_id, grant_id="first"), "f", NOW)
    await accepts.grant(grant(citizen_id, grant_id="second"), "f", NOW)
    assert await accepts.left(citizen_id) == {KIND: 2}
    with pytest.raises(IdempotencyKeyReused):
        await accepts.grant(grant(citizen_id, grant_id="first"), "another", NOW)
    other = new_id("cit")
    await accepts.grant(grant(other, grant_id="first"), "f", NOW)
    assert await accepts.left(other) == {KIND: 1}
    assert (await documents.get("notice_grants", f"{other}:first"))["forget_at"] == NOW + timedelta(days=30)


async def test_many_answers_at_once_are_all_counted(accepts: MongoAccepts) -> None:
    citizen_id = new_id("cit")
    await asyncio.gather(*(accepts.grant(grant(citizen_id), "f", NOW) for _ in range(12)))
    assert await accepts.left(citizen_id) == {KIND: 12}
