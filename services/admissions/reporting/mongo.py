"""Reads admissions for the main system."""

from collections.abc import Sequence

from services.admissions.model import Decision
from services.admissions.mongo import SCANS, read_scan
from services.admissions.reporting.records import admission_record
from services.common.mongo import Document, Mongo
from services.sync.model import RecordKind
from services.sync.records import Record, RecordSource
from services.sync.sources.mongo import MongoSource
from services.venues.directory import VenueDirectory


def admission_source(mongo: Mongo, venues: VenueDirectory) -> RecordSource:
    """Return where admissions are read: scans that let somebody in."""

    async def read(documents: Sequence[Document]) -> Sequence[Record]:
        scans = [read_scan(one) for one in documents if one["decision"] == Decision.ADMITTED]
        return [admission_record(scan, (await venues.get(scan.venue_id)).district_id) for scan in scans]

    return MongoSource(mongo, kind=RecordKind.ADMISSION, plan=SCANS, read=read)
