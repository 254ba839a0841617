"""Reads slots and reservations for the main system."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.common.mongo import Document, Mongo, translated_failures
from services.common.stretches import stretches
from services.reservations.documents import read_reservation, read_slot
from services.reservations.model import ReservationStatus
from services.reservations.mongo.plans import PASSES, RESERVATIONS, SLOTS
from services.reservations.reporting.records import NOBODY_CAME, Attendance, reservation_record, slot_record
from services.sync.model import RecordKind
from services.sync.records import Record, RecordSource
from services.sync.sources.mongo import MongoSource
from services.venues.directory import VenueDirectory

# What admissions call it: they write passes, and know reservations, which do not know them.
EXIT = "exit"


def slot_source(mongo: Mongo, venues: VenueDirectory) -> RecordSource:
    """Return where slots are read.

    They are told from their first booking on: before it, there is nothing that a calendar does not say as well.
    """

    async def read(documents: Sequence[Document]) -> Sequence[Record]:
        booked = [document for document in documents if document["version"] > 0]
        return [await _slot(document, venues) for document in booked]

    return MongoSource(mongo, kind=RecordKind.SLOT, plan=SLOTS, read=read)


def reservation_source(mongo: Mongo, venues: VenueDirectory) -> RecordSource:
    """Return where reservations are read, with how many of each have entered."""
    passes = mongo.collection(PASSES)

    async def read(documents: Sequence[Document]) -> Sequence[Record]:
        documents = [one for one in documents if _is_told(one)]
        entered: dict[str, Document] = {}
        for ids in stretches([document["_id"] for document in documents]):
            async with translated_failures():
                found = await passes.find({"_id": {"$in": ids}}, batch_size=len(ids) + 1).to_list()
            entered.update((one["_id"], one) for one in found)
        return [await _reservation(document, entered.get(document["_id"]), venues) for document in documents]

    return MongoSource(mongo, kind=RecordKind.RESERVATION, plan=RESERVATIONS, read=read)


def _is_told(document: Document) -> bool:
    """Tell whether somebody had places: who waits for some, or let an offer lapse, is nobody's business."""
    status = document["status"]
    if status == ReservationStatus.CANCELLED:
        return document.get("number") is None or bool(document.get("taken"))
    return bool(status == ReservationStatus.BOOKED)


async def _slot(document: Document, venues: VenueDirectory) -> Record:
    slot = read_slot(document)
    venue = await venues.get(slot.venue_id)
    return slot_record(slot, venue.district_id, document.get("changed_at", slot.starts_at))


async def _reservation(document: Document, entered: Document | None, venues: VenueDirectory) -> Record:
    reservation = read_reservation(document)
    district_id = (await venues.get(reservation.venue_id)).district_id
    shrunk = int(document.get("shrunk_count", 0))
    attendance = NOBODY_CAME if entered is None else attendance_of(entered)
    return reservation_record(reservation, attendance, district_id, shrunk_count=shrunk)


def attendance_of(entered: Mapping[str, Any]) -> Attendance:
    """Return what is told of a party's pass; who leaves is nobody's business."""
    told = [one for one in entered["entries"] if one.get("movement") != EXIT]
    last: datetime | None = told[-1]["at"] if told else None
    return Attendance(
        admitted_count=entered["admitted_count"], movements=sum(one["count"] for one in told), last_at=last
    )
