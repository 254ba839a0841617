"""Records of patrols on real stores, and what must be true of them whoever wrote."""

import itertools
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from server.patrols.shelves import SHELVES
from services.common.clock import SystemClock, UlidSource, city_day
from services.common.mongo import Document, Mongo
from services.patrols.checklists.model import Severity
from services.patrols.findings.model import Escalation, Finding, FindingState
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from services.patrols.mongo import LOG, PATROL_EVENTS, MongoPatrolRecords
from services.patrols.recording import Recording
from services.patrols.sites.model import SiteKind, SiteStatus
from services.sync.mongo import OUTBOX, MongoOutbox
from services.transparency.merkle import leaf_hash, root_of
from services.transparency.mongo import MongoLog
from tests.factories import NOW, new_id

_numbers = itertools.count(1)


def records_on(mongo: Mongo, kind: type[MongoPatrolRecords] = MongoPatrolRecords) -> MongoPatrolRecords:
    return kind(mongo, log=MongoLog(mongo), outbox=MongoOutbox(mongo), shelves=SHELVES)


def recording_on(mongo: Mongo, records: MongoPatrolRecords | None = None) -> Recording:
    return Recording(store=records or records_on(mongo), clock=SystemClock(), ids=UlidSource())


def make_status(**changes: Any) -> SiteStatus:
    status = SiteStatus(
        id=new_id("otl"),
        kind=SiteKind.OUTLET,
        district_id="310101",
        seen_by=("district:310101", "city:310000"),
        last_check_in_id=None,
        last_checked_at=None,
        last_result=None,
        open_findings=0,
        version=1,
    )
    return replace(status, **changes)


def make_finding(**changes: Any) -> Finding:
    """Return an open finding of today at an outlet."""
    finding = Finding(
        id=new_id("fnd"),
        check_in_id=new_id("chk"),
        site_id=new_id("otl"),
        site_kind=SiteKind.OUTLET,
        template_id="tpl_1",
        template_number=1,
        question_id="licence-displayed",
        title="未亮证经营",
        title_en="Licence not displayed",
        severity=Severity.MINOR,
        legal_basis="示例",
        note="",
        before=("a" * 64,),
        state=FindingState.OPEN,
        found_at=NOW,
        found_by="stf_1",
        deadline_days=7,
        due_on=city_day(NOW) + timedelta(days=7),
        notice=None,
        answers=(),
        reinspections=(),
        escalation=Escalation.NONE,
        escalates_at=None,
        closed_at=None,
        closed_by=None,
        repeat_of=None,
        district_id="310101",
        seen_by=("district:310101", "city:310000"),
        version=1,
    )
    return replace(finding, **changes)


def make_patrol_event(subject_id: str, **changes: Any) -> PatrolEvent:
    event = PatrolEvent(
        id=new_id("evt"),
        kind=PatrolEventKind.OUTLET_CHANGED,
        subject_id=subject_id,
        site_id=None,
        occurred_at=NOW,
        told_by="stf_1",
        data={"number": next(_numbers)},
    )
    return replace(event, **changes)


def draft_of(*records: Any, **changes: Any) -> Draft[str]:
    """Return a draft of these records, with an event about each, answered with the first one's id."""
    events = tuple(make_patrol_event(one.id) for one in records)
    draft = Draft(records=records, events=events, answer=records[0].id, answer_id=records[0].id)
    return replace(draft, **changes)


async def all_of(mongo: Mongo, name: str) -> list[Document]:
    return await mongo.client[mongo.collection(PATROL_EVENTS).database.name][name].find({}).to_list()


async def ensure_whole_log(mongo: Mongo) -> Mapping[int, Document]:
    """Check that events, leaves, the log's size and the outbox agree; return the events by index."""
    events = {one["index"]: one for one in await all_of(mongo, PATROL_EVENTS.name)}
    tail = await MongoLog(mongo).tail(LOG)
    assert sorted(events) == list(range(tail.size))
    assert len(await all_of(mongo, PATROL_EVENTS.name)) == tail.size
    assert tail.root == root_of([leaf_hash(bytes(events[at]["commitment"])) for at in range(tail.size)])
    told = [event for one in await all_of(mongo, OUTBOX.name) for event in one["events"]]
    patrols = [event for event in told if event["kind"] == "patrol.event"]
    assert sorted(event["payload"]["index"] for event in patrols) == list(range(tail.size))
    return events
