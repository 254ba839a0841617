"""Checklists in the real database: whole, released under one number once, and kept as they were."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from server.patrols.standing import SLUGS, add_standing_checklists, standing_checklist, standing_id
from services.common.clock import SystemClock, UlidSource
from services.common.idempotency import IdempotencyKeyReused
from services.common.mongo import Mongo, Session
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.patrols.checklists.errors import ChecklistRetired, ChecklistSuperseded, ReleaseUnknown
from services.patrols.checklists.model import Release, Template, TemplateState
from services.patrols.checklists.mongo import MongoTemplates
from services.patrols.checklists.reading import Checklists
from services.patrols.checklists.writing import (
    ChecklistContent,
    ChecklistWriting,
    NewChecklist,
    NewRelease,
    content_digest,
)
from services.patrols.model import PatrolEventKind, Versioned
from services.patrols.mongo import MongoPatrolRecords
from services.patrols.sites.model import SiteKind
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from services.venues.scopes import Scopes
from tests.checklists import make_failing, make_question, sections_of
from tests.factories import make_district, make_request
from tests.patrols import ensure_whole_log, recording_on, records_on

CITY = Scope(level=ScopeLevel.CITY, id="310000")
ADMIN = Actor(id="stf_admin", role=Role.CITY_ADMIN, scopes=(CITY,), session_id="ses_1")
DISTRICT = Actor(
    id="stf_district",
    role=Role.DISTRICT_ADMIN,
    scopes=(Scope(level=ScopeLevel.DISTRICT, id="310101"),),
    session_id="ses_2",
)


def content(name: str = "示例检查表") -> ChecklistContent:
    return ChecklistContent(name=name, name_en="Example", sections=sections_of(make_question("a"), make_failing("b")))


class Office:
    """Checklists on a database, as one process has them."""

    def __init__(self, mongo: Mongo, records: MongoPatrolRecords | None = None) -> None:
        clock = SystemClock()
        scopes = Scopes(VenueDirectory(store=MongoVenues(mongo), clock=clock))
        self.reading = Checklists(store=MongoTemplates(mongo), scopes=scopes)
        self.writing = ChecklistWriting(
            recording=recording_on(mongo, records),
            checklists=self.reading,
            scopes=scopes,
            clock=clock,
            ids=UlidSource(),
        )

    async def create(self, **changes: Any) -> Template:
        wishes: dict[str, Any] = {
            "actor": ADMIN,
            "owner": None,
            "site_kind": SiteKind.VENUE,
            "content": content(),
            "request": None,
        }
        return await self.writing.create(NewChecklist(**wishes | changes))

    async def release(self, template: Template, based_on: int, name: str = "新版", **changes: Any) -> Release:
        wishes: dict[str, Any] = {"actor": ADMIN, "content": content(name), "request": None}
        return await self.writing.release(
            NewRelease(template_id=template.id, based_on=based_on, **wishes | changes),
        )


@pytest.fixture
async def office(mongo: Mongo) -> Office:
    await MongoVenues(mongo).put([make_district(id=one, city_id=CITY.id) for one in ("310101", "310115")], [])
    return Office(mongo)


async def test_a_release_comes_back_whole_and_stays(mongo: Mongo, office: Office) -> None:
    template = await office.create()
    first = await office.reading.release(template.id, 1)
    assert first is not None
    assert first.sections == content().sections
    second = await office.release(template, 1)
    assert second.number == 2
    elsewhere = Office(mongo).reading
    assert await elsewhere.release(template.id, 1) == first
    assert await elsewhere.release(template.id, 2) == second
    assert await elsewhere.release(template.id, 3) is None
    now = await elsewhere.template(template.id)
    assert now is not None
    assert (now.latest, now.name, now.version) == (2, "新版", 2)


async def test_all_content_that_comes_with_the_service_is_kept_as_it_is(mongo: Mongo, office: Office) -> None:
    for slug in SLUGS:
        wanted = standing_checklist(CITY.id, slug)
        kept = await office.writing.put_missing(wanted)
        release = await Office(mongo).reading.release(kept.id, 1)
        assert release is not None
        assert release.sections == wanted.content.sections


async def test_standing_checklists_are_added_once_and_left_alone(mongo: Mongo, office: Office) -> None:
    await asyncio.gather(*(add_standing_checklists(mongo) for _ in range(3)))
    template = await office.reading.get(ADMIN, standing_id(CITY.id, SLUGS[0]))
    assert (template.latest, template.owner) == (1, "city:310000")
    await office.release(template, 1)
    await office.writing.retire(ADMIN, template.id)
    await add_standing_checklists(mongo)
    after = await office.reading.get(ADMIN, template.id)
    assert (after.latest, after.state) == (2, TemplateState.RETIRED)
    await ensure_whole_log(mongo)


async def test_events_hold_to_the_content_and_name_nobody(mongo: Mongo, office: Office) -> None:
    template = await office.create()
    await office.writing.retire(ADMIN, template.id)
    await office.writing.retire(ADMIN, template.id)
    await office.writing.reactivate(ADMIN, template.id)
    release = await office.reading.release(template.id, 1)
    assert release is not None
    events = [one.event for one in await records_on(mongo).history(template.id)]
    assert [(one.kind, dict(one.data)) for one in events] == [
        (PatrolEventKind.CHECKLIST_RELEASED, {"number": 1, "content_sha256": content_digest(release)}),
        (PatrolEventKind.CHECKLIST_RETIRED, {"latest": 1}),
        (PatrolEventKind.CHECKLIST_REACTIVATED, {"latest": 1}),
    ]
    changed = replace(release, sections=sections_of(make_question("a")))
    assert content_digest(changed) != content_digest(release)


async def test_a_repeated_request_has_the_first_answer(office: Office) -> None:
    request = make_request()
    told = await asyncio.gather(*(office.create(request=request) for _ in range(5)))
    assert len({one.id for one in told}) == 1
    with pytest.raises(IdempotencyKeyReused):
        await office.create(request=replace(request, fingerprint="other"))
    again = make_request()
    released = [await office.release(told[0], 1, request=again) for _ in range(2)]
    assert released[0] == released[1]
    assert released[0].number == 2


async def test_a_retired_template_gets_no_release_and_keeps_those_it_has(office: Office) -> None:
    template = await office.create()
    await office.writing.retire(ADMIN, template.id)
    with pytest.raises(ChecklistRetired):
        await office.release(template, 1)
    assert (await office.reading.get_release(DISTRICT, template.id, "1")).number == 1
    for number in ("0", "2", "01", "x", "9" * 40):
        with pytest.raises(ReleaseUnknown):
            await office.reading.get_release(ADMIN, template.id, number)
    await office.writing.reactivate(ADMIN, template.id)
    assert (await office.release(template, 1)).number == 2


async def test_releases_are_listed_newest_first_in_pages(office: Office) -> None:
    template = await office.create()
    for number in range(1, 5):
        await office.release(template, number, name=f"第 {number + 1} 版")
    found, after = [], None
    while True:
        page = await office.reading.releases(ADMIN, template.id, 2, after)
        found += [one.number for one in page.items]
        if (after := page.next) is None:
            break
    assert found == [5, 4, 3, 2, 1]


class Together(MongoPatrolRecords):
    """Lets nobody write before both have decided."""

    barrier: asyncio.Barrier | None = None

    async def stale(self, drafts: Sequence[Any]) -> Any:
        found = await super().stale(drafts)
        barrier, self.barrier = self.barrier, None
        if barrier is not None:
            await barrier.wait()
        return found


class Unguarded(Together):
    """Keeps every record whatever is there, and writes outside of the log."""

    async def claim(self, write: Any) -> bool:
        async def work(session: Session) -> None:
            for draft in write.drafts:
                for record in draft.records:
                    await self._put(record, session)

        await self._mongo.transact(work)
        return True

    async def _put(self, record: Versioned, session: Session) -> None:
        collection = self._mongo.collection(self._shelves[type(record)].plan)
        document = {"version": record.version, "name": getattr(record, "name", "")}
        await collection.update_one({"_id": record.id}, {"$set": document}, upsert=True, session=session)


async def race(mongo: Mongo, office: Office, kind: type[Together]) -> tuple[Template, list[Any]]:
    """Let two processes release the next version of one template at the same moment."""
    template, barrier = await office.create(), asyncio.Barrier(2)
    offices = []
    for _ in range(2):
        records = records_on(mongo, kind)
        assert isinstance(records, Together)
        records.barrier = barrier
        offices.append(Office(mongo, records))
    releases = (one.release(template, 1, name=f"版本 {at}") for at, one in enumerate(offices))
    return template, list(await asyncio.gather(*releases, return_exceptions=True))


async def test_without_the_guard_one_number_is_released_twice(mongo: Mongo, office: Office) -> None:
    _, told = await race(mongo, office, Unguarded)
    assert [one.number for one in told] == [2, 2], "the race that the guard is for did not happen"


async def test_one_number_is_released_once(mongo: Mongo, office: Office) -> None:
    template, told = await race(mongo, office, Together)
    (release,) = [one for one in told if isinstance(one, Release)]
    (refusal,) = [one for one in told if not isinstance(one, Release)]
    assert isinstance(refusal, ChecklistSuperseded)
    assert release.number == 2
    assert await Office(mongo).reading.release(template.id, 2) == release
