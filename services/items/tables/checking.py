"""Checks rows of a table against all that is known, without recording anything."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from qr.errors import CodeRefused
from qr.item_code import ItemKeyring, read_item_code
from services.common.errors import FieldError
from services.epcis.events import read_event
from services.epcis.model import EpcisEvent
from services.items.deciding import Draft
from services.items.model import ItemBatch
from services.items.ports import RecordStore
from services.items.recording import Recording
from services.items.rules import fault
from services.items.serials import is_taken
from services.items.tables.model import Findings, ItemTable
from services.items.tables.ports import SerialStore
from services.items.tables.words import in_columns, registration, row_of
from services.tables.rows import row_path
from services.transparency.commitment import NotCanonical, canonical
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

LINK_PATH = "/i/"
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Worded:
    """Rows that name codes of ours, by row number: the item behind the code, and the event; and what is wrong."""

    items: Mapping[int, str]
    events: Mapping[int, EpcisEvent]
    faults: tuple[FieldError, ...]


class RowChecking:
    """Tells what keeps rows from being recorded."""

    def __init__(
        self,
        *,
        recording: Recording,
        records: RecordStore,
        serials: SerialStore,
        venues: VenueDirectory,
        keyring: ItemKeyring,
    ) -> None:
        self._recording = recording
        self._records = records
        self._serials = serials
        self._venues = venues
        self._keyring = keyring

    async def check(self, table: ItemTable, rows: Sequence[Row]) -> Findings:
        """Return what is wrong with the rows at present."""
        worded = self.word(table, rows)
        faults = [*worded.faults]
        faults += [one async for one in self._faults_of_places(rows)]
        batches = await self._records.batches_of(list(worded.items.values()))
        faults += _faults_of_types(table, worded, batches)
        faults += await self._faults_of_serials(rows, worded, batches)
        decided = await self._recording.foresee(self.draft(table, worded, table.created_at))
        faults += [in_columns(one) for one in decided.refused]
        return findings_of(faults)

    def word(self, table: ItemTable, rows: Sequence[Row]) -> Worded:
        """Return the rows as events."""
        items: dict[int, str] = {}
        events: dict[int, EpcisEvent] = {}
        faults: list[FieldError] = []
        for row in rows:
            number = row["row"]
            try:
                items[number] = read_item_code(row["code"].rpartition(LINK_PATH)[2], self._keyring).item_id
                events[number] = read_event(registration(table, row, items[number]))
                canonical(events[number].body)
            except CodeRefused:
                faults.append(fault(row_path(number, "code"), "item_code_not_found", "this is not one of our codes"))
            except NotCanonical:
                events.pop(number, None)
                detail = "a number that not every reader takes for the same"
                faults.append(fault(row_path(number), "too_large", detail))
        return Worded(items=items, events=events, faults=tuple(faults))

    def draft(self, table: ItemTable, worded: Worded, now: datetime) -> Draft:
        """Return the events as told by whoever sent the table."""
        return Draft(
            events=tuple(worded.events.values()),
            paths=tuple(map(row_path, worded.events)),
            account_id=table.account_id,
            scopes=frozenset(table.scopes),
            home=table.home,
            ours=True,
            proceed=True,  # whether one fault refuses all is decided over the whole table
            recorded_at=now,
        )

    async def _faults_of_places(self, rows: Sequence[Row]) -> AsyncIterator[FieldError]:
        for row in rows:
            if row["venue_id"] is not None:
                try:
                    await self._venues.get(row["venue_id"])
                except VenueUnknown:
                    yield fault(row_path(row["row"], "venue_id"), "place_not_found", "no such venue")

    async def _faults_of_serials(
        self, rows: Sequence[Row], worded: Worded, batches: Mapping[str, ItemBatch]
    ) -> list[FieldError]:
        """Return faults of serials that other active items of the same owner and type have."""
        serials = {row["serial"] for row in rows if row["serial"] is not None}
        bearers = await self._serials.bearing(serials)
        found = []
        for row in rows:
            item_id = worded.items.get(row["row"], "")
            batch = batches.get(item_id)
            if batch is not None and is_taken(
                row["serial"], bearers, item_id=item_id, type_id=batch.type_id, owner=batch.owner
            ):
                path = row_path(row["row"], "serial")
                found.append(fault(path, "serial_taken", "another item of this owner and type has this serial"))
        return found


def _faults_of_types(table: ItemTable, worded: Worded, batches: Mapping[str, ItemBatch]) -> Iterator[FieldError]:
    for number, item_id in worded.items.items():
        batch = batches.get(item_id)
        if batch is not None and batch.type_id != table.type_id:
            yield fault(row_path(number, "code"), "other_type", "this code was minted for another type")


def findings_of(faults: Sequence[FieldError]) -> Findings:
    """Return the faults with the rows that they are about."""
    return Findings(rows=frozenset(map(row_of, faults)), faults=tuple(faults))
