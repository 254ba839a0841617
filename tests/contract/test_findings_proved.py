"""Findings on the real store that await their photos: found, closed once by however many look, or left to stand."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace

from services.common.clock import UlidSource
from services.common.mongo import Mongo
from services.patrols.documents import read_document, to_document
from services.patrols.findings import rules
from services.patrols.findings.ending import Endings
from services.patrols.findings.model import Escalation, Finding, FindingState, ReinspectionRecord
from services.patrols.findings.mongo import MongoFindings
from services.patrols.findings.proving import Proving
from services.patrols.model import Draft, PatrolEventKind, Versioned
from services.patrols.plans.model import Task, TaskState
from services.patrols.plans.mongo import MongoTasks
from services.patrols.sites.mongo import MongoStatuses
from services.photos.model import Photo, PhotoState
from tests.check_ins import make_task
from tests.factories import new_id
from tests.findings import HandClock, make_failed, make_finding, make_reinspection, make_site, recording_at
from tests.patrols import draft_of, ensure_whole_log, make_status, records_on


class Album:
    """Photos in whatever state a test puts them."""

    def __init__(self) -> None:
        self.photos: dict[str, PhotoState] = {}

    async def states(self, ids: Collection[str]) -> Mapping[str, Photo]:
        return {one: a_photo(one, self.photos[one]) for one in ids if one in self.photos}


def a_photo(photo_id: str, state: PhotoState) -> Photo:
    return Photo(
        id=photo_id, state=state, wanted=True, size=1, received=1, media_type=None, width=None, height=None,
        taken_at=None, taken_where=None, refusal=None, uploader=None, begun_at=HandClock().now(),
        changed_at=HandClock().now(),
    )  # fmt: skip


def a_name() -> str:
    return new_id("photo").encode().hex()[-64:].rjust(64, "0")


def waiting(before: str, after: str) -> Finding:
    """Return a finding that was found put right, as it is before it is written: of version 1."""
    finding = make_finding(site=make_site(), failed=make_failed(days=1, photos=(before,)))
    record: ReinspectionRecord = make_reinspection(photos=(after,))
    return replace(rules.reinspect(finding, record, HandClock().now(), ready=()).finding, version=1)


async def kept(mongo: Mongo, clock: HandClock, *records: Versioned) -> None:
    draft: Draft[str] = draft_of(*records)

    async def decide() -> Draft[str]:
        return draft

    await recording_at(mongo, clock).settle(decide)


def proving_on(mongo: Mongo, album: Album, clock: HandClock) -> Proving:
    return Proving(
        store=MongoFindings(mongo),
        photos=album,
        endings=Endings(statuses=MongoStatuses(mongo), tasks=MongoTasks(mongo)),
        recording=recording_at(mongo, clock),
        clock=clock,
        ids=UlidSource(),
    )


async def test_it_is_closed_once_when_its_photos_can_be_seen(mongo: Mongo) -> None:
    album, clock, store = Album(), HandClock(), MongoFindings(mongo)
    before, after = a_name(), a_name()
    finding = waiting(before, after)
    status, task = make_status(id=finding.site_id, open_findings=2), make_task(make_site(), origin_id=finding.id)
    await kept(mongo, clock, finding, status, task)
    assert finding.id in {one.id for one in await store.awaiting()}
    lookers = [proving_on(mongo, album, clock) for _ in range(2)]
    for states in ({}, {before: PhotoState.READY}, {before: PhotoState.READY, after: PhotoState.RECEIVED}):
        album.photos = states
        assert await lookers[0].look() == 0
    assert await store.find(finding.id) == finding
    album.photos[after] = PhotoState.READY
    clock.put_on(minutes=7)
    assert sum(await asyncio.gather(*(one.look() for one in lookers))) == 1
    closed = await store.find(finding.id)
    assert closed is not None
    assert (closed.state, closed.closed_at, closed.version) == (FindingState.CLOSED, clock.now(), 2)
    assert finding.id not in {one.id for one in await store.awaiting()}
    statuses = await MongoStatuses(mongo).statuses([finding.site_id])
    assert statuses[finding.site_id].open_findings == 1
    needless: Task | None = await MongoTasks(mongo).find(task.id)
    assert needless is not None
    assert needless.state is TaskState.CANCELLED
    history = [one.event for one in await records_on(mongo).history(finding.id)]
    (told,) = [one for one in history if one.kind is PatrolEventKind.FINDING_CLOSED]
    assert (told.occurred_at, told.told_by, told.data["after"]) == (clock.now(), "service", [after])
    assert sum(await asyncio.gather(*(one.look() for one in lookers))) == 0
    await ensure_whole_log(mongo)


async def test_refused_photos_leave_it_standing_and_it_is_escalated(mongo: Mongo) -> None:
    album, clock, store = Album(), HandClock(), MongoFindings(mongo)
    before, after = a_name(), a_name()
    finding = waiting(before, after)
    await kept(mongo, clock, finding)
    album.photos = {before: PhotoState.READY, after: PhotoState.REFUSED}
    clock.put_on(days=3)
    assert await proving_on(mongo, album, clock).look() == 0
    found = await store.find(finding.id)
    assert found == finding
    assert finding.id in await store.to_escalate(clock.now())
    assert rules.escalate(finding, clock.now()).escalation is Escalation.DISTRICT


def test_findings_from_before_there_was_such_waiting_are_read() -> None:
    document = to_document(make_finding())
    del document["awaits_photos"]
    assert not read_document(Finding, document).awaits_photos
