"""Complaints in the real database: once for each request, in their lists, counted to the last one, and erased."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from services.common.clock import UlidSource
from services.common.idempotency import IdempotencyKeyReused, idempotent_request
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.identity.model import Actor
from services.patrols.complaints.erasing import Erasing
from services.patrols.complaints.errors import ComplaintAnswered, ComplaintUnknown
from services.patrols.complaints.filing import Filing
from services.patrols.complaints.handling import Handling
from services.patrols.complaints.model import AnswerComplaint, Complaint, ComplaintSearch, FileComplaint, Filed, Outcome
from services.patrols.complaints.mongo import COMPLAINT_DAYS, COMPLAINTS, MongoComplaints
from services.patrols.complaints.reading import ComplaintReading
from services.patrols.complaints.rules import ERASED_AFTER, MOST_A_SITE_A_DAY
from services.patrols.complaints.secrecy import Secrecy
from services.patrols.complaints.visiting import Visiting
from services.patrols.model import NOBODY
from services.patrols.mongo import PATROL_EVENTS
from services.patrols.plans.mongo import MongoTasks
from services.patrols.plates.model import Plate, PlateState, PlateVerdict, ScannedPlate
from services.patrols.sites.directory import Sites
from services.patrols.sites.model import SiteKind
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.contract.documents import Documents
from tests.outlets import ADMIN, DISTRICT_ADMIN, PlainCipher, registry_on
from tests.patrols import ensure_whole_log, recording_on
from tests.registry import open_city

DIGEST = KeyedDigest(b"pepper")
TEXT = "后厨与非清真食品混放。\n请核查。"


class Watch:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        present = datetime.now(UTC) + self.ahead
        return present.replace(microsecond=present.microsecond // 1000 * 1000)


class PlatesBySite:
    """Takes a site's id for the code of its plate."""

    async def read(self, text: str) -> ScannedPlate:
        plate = Plate(
            id=f"plt_{text}",
            site_id=text,
            site_kind=SiteKind.OUTLET,
            kid=1,
            state=PlateState.CURRENT,
            issued_at=datetime(2026, 11, 1, tzinfo=UTC),
            issued_by="stf_1",
            ended_at=None,
            end=None,
            replaced_by=None,
            seen_by=(),
            version=1,
        )
        return ScannedPlate(verdict=PlateVerdict.CURRENT, plate=plate, site_id=text)


class NoPhotos:
    """Takes note of what is wanted."""

    def __init__(self) -> None:
        self.wanted: set[str] = set()

    async def want(self, ids: Collection[str], *, by: str) -> None:
        assert by.startswith("cmp:")
        self.wanted |= set(ids)

    async def release(self, ids: Collection[str], *, by: str) -> None:
        assert by.startswith("cmp:")
        self.wanted -= set(ids)


class Office:
    """One process's way to complaints."""

    def __init__(self, mongo: Mongo) -> None:
        self.clock, ids, recording = Watch(), UlidSource(), recording_on(mongo)
        outlets = registry_on(mongo)
        sites = Sites(outlets=outlets.store, venues=VenueDirectory(store=MongoVenues(mongo), clock=self.clock))
        secrecy = Secrecy(cipher=PlainCipher(), digest=DIGEST)
        self.outlets, self.store, self.photos = outlets, MongoComplaints(mongo), NoPhotos()
        self.filing = Filing(
            store=self.store,
            recording=recording,
            plates=PlatesBySite(),
            sites=sites,
            photos=self.photos,
            secrecy=secrecy,
            clock=self.clock,
            ids=ids,
        )
        self.reading = ComplaintReading(store=self.store, sites=sites, secrecy=secrecy, clock=self.clock)
        self.handling = Handling(
            reading=self.reading,
            recording=recording,
            visiting=Visiting(pools=None, clock=self.clock, ids=ids),  # type: ignore[arg-type]  # no visits here
            tasks=MongoTasks(mongo),
            secrecy=secrecy,
            clock=self.clock,
            ids=ids,
        )
        self.erasing = Erasing(
            store=self.store, photos=self.photos, recording=recording, clock=self.clock, ids=ids, tell=_raise
        )

    async def file(self, site_id: str, request_id: str | None = None, **changes: Any) -> Filed:
        content = {"text": TEXT, "contact": "021-00000000", "photos": ("a" * 64,), **changes}
        key = request_id or str(ULID())
        request = idempotent_request(DIGEST, actor_id=NOBODY, action="complain", key=key, content=content)
        return await self.filing.file(FileComplaint(code=site_id, request_id=key, request=request, **content))

    async def listed(self, actor: Actor = ADMIN, **changes: Any) -> list[str]:
        asked = {"state": None, "site_id": None, "held_back": False, "limit": 200, "after": None, **changes}
        page = await self.reading.list(actor, ComplaintSearch(**asked))
        return [view.complaint.id for view in page.items]


def _raise(error: Exception) -> None:
    raise error


@pytest.fixture(scope="module")
async def office(mongo: Mongo) -> Office:
    await open_city(mongo)
    return Office(mongo)


async def new_site(office: Office, **changes: Any) -> str:
    return (await office.outlets.add(**changes)).id


async def test_a_complaint_is_kept_unreadable_and_read_by_the_right_people(
    office: Office, documents: Documents
) -> None:
    site_id = await new_site(office)
    filed = await office.file(site_id)
    [kept] = await documents.find(COMPLAINTS.name, _id=filed.complaint_id)
    assert filed.secret not in str(kept)
    assert "后厨" not in str(kept)
    assert "021-00000000" not in str(kept)
    [event] = await documents.find(PATROL_EVENTS.name, subject_id=filed.complaint_id)
    assert (event["kind"], event["recorded_by"], event["site_id"]) == ("complaint.filed", NOBODY, site_id)
    assert event["data"].keys() == {"plate_id", "plate_verdict", "text_digest", "photos", "held_back"}
    assert "后厨" not in str(event)
    assert office.photos.wanted >= {"a" * 64}
    view = await office.reading.get(DISTRICT_ADMIN, filed.complaint_id)
    assert (view.text, view.contact, view.site_name) == (TEXT, "021-00000000", "示例清真餐厅")
    own = await office.reading.look(filed.complaint_id, filed.secret)
    assert (own.text, own.contact, own.answer) == (None, None, None)
    for wrong in ((filed.complaint_id, "0" * 32), (f"cmp_{ULID()}", filed.secret)):
        with pytest.raises(ComplaintUnknown):
            await office.reading.look(*wrong)


async def test_a_request_that_is_sent_again_is_one_complaint_with_one_secret(mongo: Mongo, office: Office) -> None:
    site_id, key = await new_site(office), str(ULID())
    twins = [office, Office(mongo)]
    filed = await asyncio.gather(*(twins[at % 2].file(site_id, key) for at in range(8)))
    assert len({(one.complaint_id, one.secret) for one in filed}) == 1
    assert await office.listed(site_id=site_id) == [filed[0].complaint_id]
    with pytest.raises(IdempotencyKeyReused):
        await office.file(site_id, key, text="另一段完全不同的话，请核查。")
    await ensure_whole_log(mongo)


async def test_a_flood_about_a_site_is_counted_exactly_and_listed_apart(
    mongo: Mongo, office: Office, documents: Documents
) -> None:
    site_id = await new_site(office)
    offices = [office, Office(mongo)]
    more = MOST_A_SITE_A_DAY + 7
    await asyncio.gather(*(offices[at % 2].file(site_id) for at in range(more)))
    assert len(await office.listed(site_id=site_id)) == MOST_A_SITE_A_DAY
    assert len(await office.listed(site_id=site_id, held_back=True)) == 7
    days = [one for one in await documents.find(COMPLAINT_DAYS.name) if one["_id"].startswith(site_id)]
    assert [one["filed"] for one in days] == [more]
    assert len({*await office.listed(site_id=site_id)}) == MOST_A_SITE_A_DAY


async def test_lists_are_of_the_scope_newest_first_in_pages(office: Office) -> None:
    near, far = await new_site(office), await new_site(office, district_id="310115")
    ids = [(await office.file(near)).complaint_id for _ in range(3)]
    other = (await office.file(far)).complaint_id
    assert await office.listed(site_id=near) == ids[::-1]
    assert await office.listed(DISTRICT_ADMIN, site_id=far) == []
    assert await office.listed(site_id=far) == [other]
    with pytest.raises(ComplaintUnknown):
        await office.reading.get(DISTRICT_ADMIN, other)
    asked = ComplaintSearch(state=None, site_id=near, held_back=False, limit=2, after=None)
    first = await office.reading.list(ADMIN, asked)
    assert [view.complaint.id for view in first.items] == [ids[2], ids[1]]
    assert [view.text for view in first.items] == [None, None]
    assert await office.listed(site_id=near, limit=2, after=first.next) == [ids[0]]


async def answer(office: Office, complaint_id: str, outcome: Outcome) -> Outcome | None:
    command = AnswerComplaint(actor=ADMIN, complaint_id=complaint_id, outcome=outcome, answer="已核查，感谢反映。")
    try:
        return (await office.handling.answer(command)).complaint.outcome
    except ComplaintAnswered:
        return None


async def test_of_two_answers_at_once_one_counts(mongo: Mongo, office: Office, documents: Documents) -> None:
    filed = await office.file(await new_site(office))
    outcomes = (Outcome.FOUNDED, Outcome.UNFOUNDED)
    offices = [office, Office(mongo)]
    told = await asyncio.gather(*(answer(offices[at], filed.complaint_id, outcomes[at]) for at in range(2)))
    [counted] = [one for one in told if one is not None]
    own = await office.reading.look(filed.complaint_id, filed.secret)
    assert (own.complaint.outcome, own.answer) == (counted, "已核查，感谢反映。")
    events = await documents.find(PATROL_EVENTS.name, subject_id=filed.complaint_id)
    assert sorted(event["kind"] for event in events) == ["complaint.answered", "complaint.filed"]


async def test_texts_are_erased_in_time_and_the_case_stays(mongo: Mongo, documents: Documents) -> None:
    office = Office(mongo)
    filed, open_one = [await office.file(await new_site(office)) for _ in range(2)]
    await answer(office, filed.complaint_id, Outcome.FOUNDED)
    office.clock.ahead = ERASED_AFTER - timedelta(minutes=1)
    assert await office.erasing.erase_due() == 0
    office.clock.ahead = ERASED_AFTER + timedelta(minutes=1)
    twins = [office, Office(mongo)]
    twins[1].clock.ahead = office.clock.ahead
    await asyncio.gather(*(one.erasing.erase_due() for one in twins))
    assert await office.erasing.erase_due() == 0
    left = await office.store.find(filed.complaint_id)
    assert isinstance(left, Complaint)
    assert (left.text, left.contact, left.answer, left.photos) == (None, None, None, ())
    assert (left.outcome, left.erased_at is not None) == (Outcome.FOUNDED, True)
    assert office.photos.wanted == set(), "let go with the complaint"
    events = await documents.find(PATROL_EVENTS.name, subject_id=filed.complaint_id)
    assert sorted(event["kind"] for event in events) == ["complaint.answered", "complaint.erased", "complaint.filed"]
    assert (await office.reading.get(ADMIN, open_one.complaint_id)).text == TEXT
    assert (await office.reading.look(filed.complaint_id, filed.secret)).answer is None
