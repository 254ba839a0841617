"""Findings on the real store: kept whole, found by what they are looked for, and escalated once."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from services.common.clock import UlidSource
from services.common.idempotency import idempotent_request
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.patrols.findings import errors, rules
from services.patrols.findings.ending import Endings
from services.patrols.findings.escalating import Escalating
from services.patrols.findings.links import Links
from services.patrols.findings.managing import FindingManaging, Withdraw
from services.patrols.findings.model import (
    Escalation,
    Extension,
    ExtensionReason,
    Finding,
    FindingState,
    OwnerAnswer,
    Withdrawal,
)
from services.patrols.findings.mongo import MongoFindings
from services.patrols.findings.ports import FindingSearch
from services.patrols.findings.reading import FindingReading, ListFindings
from services.patrols.findings.telling import Teller
from services.patrols.model import Draft, PatrolEventKind
from services.patrols.plans.model import CancelReason, TaskState
from services.patrols.plans.mongo import MongoTasks
from services.patrols.sites.model import SiteStatus
from services.patrols.sites.mongo import MongoStatuses
from tests.check_ins import make_task
from tests.factories import new_id
from tests.findings import (
    INSPECTOR,
    LATER_PHOTO,
    MORNING,
    HandClock,
    make_failed,
    make_finding,
    make_notice,
    make_reinspection,
    make_site,
    put,
    recording_at,
)
from tests.outlets import PlainCipher
from tests.patrols import ensure_whole_log, make_status, records_on

CITY = ("city:310000",)
EVER = ("fnd_", "fnd_~")
DISTRICT_ADMIN = Actor(
    id="stf_2", role=Role.DISTRICT_ADMIN, scopes=(Scope(level=ScopeLevel.DISTRICT, id="310101"),), session_id="ses_2"
)
ELSEWHERE = replace(DISTRICT_ADMIN, scopes=(Scope(level=ScopeLevel.DISTRICT, id="310115"),))


def a_request() -> IdempotentRequest:
    return idempotent_request(KeyedDigest(b"pepper"), actor_id="stf_2", action="a", key=new_id("key"), content={})


def managing_on(mongo: Mongo, clock: HandClock) -> FindingManaging:
    store = MongoFindings(mongo)
    links = Links(cipher=PlainCipher(), digest=KeyedDigest(b"pepper"), public_url="https://code.example.cn")
    return FindingManaging(
        reading=FindingReading(store=store, histories=records_on(mongo), cipher=PlainCipher(), clock=clock),
        store=store,
        endings=Endings(statuses=MongoStatuses(mongo), tasks=MongoTasks(mongo)),
        links=links,
        recording=recording_at(mongo, clock),
        clock=clock,
        ids=UlidSource(),
    )


async def test_a_finding_is_kept_whole(mongo: Mongo) -> None:
    extension = Extension(
        from_on=date(2026, 11, 27),
        to_on=date(2026, 11, 30),
        reason=ExtensionReason.PARTS_AWAITED,
        extended_at=MORNING,
        extended_by="stf_2",
    )
    answer = OwnerAnswer(sealed_text=b"\x00\x01", photos=(LATER_PHOTO,), answered_at=MORNING, digest="1" * 32)
    finding = make_finding(
        notice=make_notice(),
        answers=(answer,),
        reinspections=(make_reinspection(),),
        extensions=(extension,),
        withdrawal=Withdrawal.DUPLICATE,
    )
    await put(mongo, finding)
    store = MongoFindings(mongo)
    assert await store.find(finding.id) == finding
    assert await store.several([finding.id, "fnd_none"]) == {finding.id: finding}


async def test_the_latest_finding_of_a_question_at_a_site(mongo: Mongo) -> None:
    site = make_site()
    old, newer, withdrawn = (make_finding(site=site, now=MORNING + timedelta(days=days)) for days in (0, 10, 20))
    withdrawn = replace(withdrawn, state=FindingState.WITHDRAWN)
    await put(mongo, old, newer, withdrawn, make_finding(now=MORNING + timedelta(days=30)))
    last_of = partial(MongoFindings(mongo).last_of, site.id, "food_kept_apart")
    assert await last_of(MORNING) == newer
    assert await last_of(MORNING + timedelta(days=11)) is None
    assert await MongoFindings(mongo).last_of(site.id, "another", MORNING) is None


async def test_lists_are_bounded_by_scope_and_by_what_is_asked(mongo: Mongo) -> None:
    other_site = make_site(district_id="310115", seen_by=("district:310115", "city:310000"))
    mine, late, theirs = (
        make_finding(),
        make_finding(due_on=date(2026, 11, 21), escalation=Escalation.DISTRICT),
        make_finding(site=other_site),
    )
    over = make_finding(state=FindingState.OPEN, due_on=date(2026, 11, 1), escalation=Escalation.CITY)
    over = replace(over, state=FindingState.CLOSED)
    await put(mongo, mine, late, theirs, over)

    async def found(**asked: Any) -> set[str]:
        search = FindingSearch(**({"scopes": CITY} | asked))
        return {one.id for one in await MongoFindings(mongo).between(search, *EVER)}

    assert {mine.id, late.id, theirs.id, over.id} <= await found()
    assert await found(scopes=("district:310115",)) == {theirs.id}
    assert await found(scopes=("venue:ven_x",)) == set()
    assert await found(site_id=mine.site_id) == {mine.id}
    assert over.id in await found(state=FindingState.CLOSED)
    overdue = await found(overdue_on=date(2026, 11, 22))
    assert late.id in overdue
    assert not overdue & {mine.id, over.id}
    escalated = await found(escalated=(Escalation.DISTRICT, Escalation.CITY))
    assert late.id in escalated
    assert over.id not in escalated, "nobody has to look after what is over"


async def test_a_list_goes_from_page_to_page(mongo: Mongo) -> None:
    site, clock = make_site(), HandClock()
    await put(mongo, *(make_finding(site=site) for _ in range(5)))
    # Ids are of the machine's present, which the clock that stands still may lie before.
    clock.put_on(days=3650)
    reading = FindingReading(store=MongoFindings(mongo), histories=records_on(mongo), cipher=PlainCipher(), clock=clock)
    seen: list[str] = []
    after: str | None = None
    while True:
        page = await reading.list(ListFindings(actor=DISTRICT_ADMIN, limit=2, after=after, site_id=site.id))
        seen += [one.id for one in page.items]
        if (after := page.next) is None:
            break
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 5


async def test_a_notice_has_the_next_number_whoever_issues_them(mongo: Mongo) -> None:
    site = make_site(district_id="310109", seen_by=("district:310101", "city:310000"))
    findings = [make_finding(site=site) for _ in range(6)]
    await put(mongo, *findings)
    offices = [managing_on(mongo, HandClock()) for _ in range(3)]
    issued = await asyncio.gather(
        *(offices[at % 3].dispatch(DISTRICT_ADMIN, one.id, None) for at, one in enumerate(findings))
    )
    numbers = sorted(one.notice.number for one in issued if one.notice)
    assert numbers == [f"310109-2026-{number:05}" for number in range(1, 7)]
    assert len({one.notice.link_digest for one in issued if one.notice}) == 6
    with pytest.raises(errors.FindingDispatched):
        await offices[0].dispatch(DISTRICT_ADMIN, findings[0].id, None)
    with pytest.raises(errors.FindingUnknown):
        await offices[0].dispatch(ELSEWHERE, findings[0].id, None)
    await ensure_whole_log(mongo)


async def test_a_new_link_kills_the_old_one(mongo: Mongo) -> None:
    finding = make_finding()
    await put(mongo, finding)
    managing, store = managing_on(mongo, HandClock()), MongoFindings(mongo)
    with pytest.raises(errors.NoticeMissing):
        await managing.relink(DISTRICT_ADMIN, finding.id, None)
    first = (await managing.dispatch(DISTRICT_ADMIN, finding.id, None)).notice
    second = (await managing.relink(DISTRICT_ADMIN, finding.id, None)).notice
    assert first is not None
    assert second is not None
    assert await store.behind(first.link_digest) is None
    found = await store.behind(second.link_digest)
    assert found is not None
    assert (found.id, second.links) == (finding.id, 2)


async def test_a_withdrawal_needs_somebody_else_and_counts_one_less(mongo: Mongo) -> None:
    clock = HandClock()
    finding = make_finding()
    status = make_status(id=finding.site_id, open_findings=2)
    task, done = (
        make_task(make_site(), origin_id=finding.id, state=state) for state in (TaskState.OPEN, TaskState.DONE)
    )
    await put(mongo, finding)
    event = Teller(ids=UlidSource(), told_by=INSPECTOR, at=MORNING).opened(finding)

    async def decide() -> Draft[None]:
        return Draft(records=(status, task, done), events=(event,), answer=None)

    await recording_at(mongo, clock).settle(decide)
    managing = managing_on(mongo, clock)
    wish = Withdraw(actor=DISTRICT_ADMIN, finding_id=finding.id, reason=Withdrawal.NOT_A_VIOLATION, request=a_request())
    with pytest.raises(errors.SecondPersonNeeded):
        await managing.withdraw(replace(wish, actor=replace(DISTRICT_ADMIN, id=INSPECTOR)))
    taken_back = await managing.withdraw(wish)
    assert await managing.withdraw(wish) == taken_back, "the same request, sent again"
    assert (taken_back.state, taken_back.withdrawal) == (FindingState.WITHDRAWN, Withdrawal.NOT_A_VIOLATION)
    after: Mapping[str, SiteStatus] = await MongoStatuses(mongo).statuses([finding.site_id])
    assert after[finding.site_id].open_findings == 1
    tasks = await MongoTasks(mongo).several([task.id, done.id])
    assert (tasks[task.id].state, tasks[task.id].cancelled_because) == (TaskState.CANCELLED, CancelReason.NOT_NEEDED)
    assert tasks[done.id] == done
    assert [one.event.kind for one in await records_on(mongo).history(task.id)] == [PatrolEventKind.TASK_CANCELLED]
    with pytest.raises(errors.FindingOver):
        await managing.withdraw(replace(wish, request=None))


async def test_every_finding_ends_over_or_escalated_while_several_processes_look(mongo: Mongo) -> None:
    clock = HandClock()
    findings = [make_finding(failed=make_failed(days=days % 4)) for days in range(12)]
    await put(mongo, *findings)
    told: list[Finding] = []
    watchers = [
        Escalating(
            store=MongoFindings(mongo),
            recording=recording_at(mongo, clock),
            clock=clock,
            ids=UlidSource(),
            told=told.append,
        )
        for _ in range(2)
    ]
    store, records = MongoFindings(mongo), records_on(mongo)
    await asyncio.gather(*(one.look() for one in watchers))
    assert not {one.id for one in told} & {one.id for one in findings}, "nothing is due yet"
    for _ in range(20):
        clock.put_on(hours=11)
        await asyncio.gather(*(one.look() for one in watchers))
        now = await store.several([one.id for one in findings])
        assert all(one.escalation is not Escalation.NONE for one in now.values() if rules.overdue(one, clock.now()))
    assert {one.escalation for one in now.values()} == {Escalation.CITY}
    for finding in findings:
        kinds = [one.event.kind for one in await records.history(finding.id)]
        assert kinds.count(PatrolEventKind.FINDING_ESCALATED) == 2
    assert len([one for one in told if one.id in now]) == 2 * len(findings)
    assert await watchers[0].look() == 0
