"""What is kept of patrols as records for the main system, out of MongoDB."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.common.clock import city_day
from services.common.mongo import CollectionPlan, Document, Mongo
from services.patrols.checkins.model import CheckIn
from services.patrols.checkins.mongo import CHECK_INS
from services.patrols.checklists.model import Release, Template
from services.patrols.checklists.mongo import RELEASES, TEMPLATES
from services.patrols.complaints.model import Complaint
from services.patrols.complaints.mongo import COMPLAINTS
from services.patrols.documents import read_document
from services.patrols.findings.model import Finding
from services.patrols.findings.mongo import FINDINGS
from services.patrols.mongo import COUNTED_UNDER, PATROL_EVENTS, RECORDED_AT, MongoShelf, read_event_document
from services.patrols.outlets.model import Outlet
from services.patrols.outlets.mongo import OUTLETS
from services.patrols.plans.model import Draw, Round, Task
from services.patrols.plans.mongo import DRAWS, ROUNDS, TASKS
from services.patrols.plates.model import Plate
from services.patrols.plates.mongo import PLATES
from services.patrols.reporting import cases, register, visits
from services.patrols.reporting.model import Told
from services.patrols.sites.model import SiteStatus
from services.patrols.sites.mongo import STATUSES
from services.sync.model import RecordKind
from services.sync.records import Record, RecordSource
from services.sync.sources.mongo import MongoSource, ReadRecords
from services.venues.scopes import Scopes

T = TypeVar("T")
# Events never change.
EVENT_VERSION = 1


def patrol_sources(mongo: Mongo, scopes: Scopes) -> Sequence[RecordSource]:
    """Return where records of patrols come from."""
    reading = _Reading(mongo, scopes)

    def source(kind: RecordKind, plan: CollectionPlan, read: ReadRecords) -> RecordSource:
        return MongoSource(mongo, kind=kind, plan=plan, read=read)

    def plain(kind: RecordKind, plan: CollectionPlan, thing: type[T], told: Callable[[T], Told]) -> RecordSource:
        return source(kind, plan, reading.each(kind, thing, told))

    return (
        plain(RecordKind.OUTLET, OUTLETS, Outlet, register.outlet),
        plain(RecordKind.PLATE, PLATES, Plate, register.plate),
        plain(RecordKind.SITE_STATUS, STATUSES, SiteStatus, register.site_status),
        source(RecordKind.CHECKLIST, RELEASES, reading.checklists),
        plain(RecordKind.ROUND, ROUNDS, Round, visits.routine_round),
        plain(RecordKind.DRAW, DRAWS, Draw, visits.draw),
        plain(RecordKind.TASK, TASKS, Task, visits.task),
        plain(RecordKind.CHECK_IN, CHECK_INS, CheckIn, visits.check_in),
        plain(RecordKind.FINDING, FINDINGS, Finding, cases.finding),
        plain(RecordKind.COMPLAINT, COMPLAINTS, Complaint, cases.complaint),
        source(RecordKind.PATROL_EVENT, PATROL_EVENTS, reading.events),
    )


class _Reading:
    """Makes records of documents."""

    def __init__(self, mongo: Mongo, scopes: Scopes) -> None:
        self._templates = MongoShelf(mongo, TEMPLATES)
        self._scopes = scopes

    def each(self, kind: RecordKind, thing: type[T], told: Callable[[T], Told]) -> ReadRecords:
        """Return what reads documents of things that tell all of themselves."""

        async def read(documents: Sequence[Document]) -> Sequence[Record]:
            city_id = await self._scopes.city_code()
            return [_record(kind, document, told(read_document(thing, document)), city_id) for document in documents]

        return read

    async def checklists(self, documents: Sequence[Document]) -> Sequence[Record]:
        """Return releases, with what their templates know."""
        city_id = await self._scopes.city_code()
        templates = await self._templates.several(Template, {one["template_id"] for one in documents})
        releases = [(document, read_document(Release, document)) for document in documents]
        return [
            _record(RecordKind.CHECKLIST, document, register.checklist(one, templates[one.template_id]), city_id)
            for document, one in releases
        ]

    async def events(self, documents: Sequence[Document]) -> Sequence[Record]:
        """Return events under the codes that they were recorded with."""
        city_id = await self._scopes.city_code()
        told = [cases.patrol_event(read_event_document(one), one.get(COUNTED_UNDER)) for one in documents]
        pairs = zip(documents, told, strict=True)
        return [_record(RecordKind.PATROL_EVENT, document, one, city_id) for document, one in pairs]


def _record(kind: RecordKind, document: Document, told: Told, city_id: str) -> Record:
    return Record(
        kind=kind,
        id=document["_id"],
        version=document.get("version", EVENT_VERSION),
        district_id=told.code or city_id,
        day=city_day(told.made_at),
        # Of what was recorded before this was noted, nothing is known but when it was made.
        changed_at=document.get(RECORDED_AT, told.made_at),
        data=told.data,
    )
