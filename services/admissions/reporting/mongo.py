"""Reads admissions for the main system."""

from collections.abc import Sequence
from datetime import datetime

from services.admissions.documents import read_scan
from services.admissions.model import Decision
from services.admissions.mongo import SCANS
from services.admissions.reporting.records import admission_record
from services.admissions.rules_undo import undo_id
from services.common.mongo import Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.sync.model import RecordKind
from services.sync.records import Record, RecordSource
from services.sync.sources.mongo import MongoSource
from services.venues.directory import VenueDirectory


def admission_source(mongo: Mongo, venues: VenueDirectory) -> RecordSource:
    """Return where admissions are read: scans that let somebody of a reservation in, also when they were undone."""
    kept = mongo.collection(SCANS)

    async def read(documents: Sequence[Document]) -> Sequence[Record]:
        scans = [read_scan(one) for one in documents if one["decision"] == Decision.ADMITTED]
        told = [scan for scan in scans if scan.reservation_id is not None]
        undone: dict[str, datetime] = {}
        for ids in stretches([undo_id(scan.id) for scan in told]):
            async with translated_failures():
                found = await kept.find({"_id": {"$in": ids}}, batch_size=len(ids) + 1).to_list()
            undone.update((one["undoes"], one["scanned_at"]) for one in found)
        return [
            admission_record(scan, (await venues.get(scan.venue_id)).district_id, undone.get(scan.id)) for scan in told
        ]

    return MongoSource(mongo, kind=RecordKind.ADMISSION, plan=SCANS, read=read)
