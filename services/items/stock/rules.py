"""What a scan finds in a count, and which differences become events: pure."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from qr.errors import CodeRefused, MalformedCode
from qr.item_code import ItemKeyring, read_item_code
from services.items.model import Item, ItemState
from services.items.places import ITEM, read_place
from services.items.stock.model import (
    CountedItem,
    Reason,
    ScanAnswer,
    ScanRecord,
    ScanStatus,
    Sighting,
    StockTake,
    StockTakeState,
    Upload,
    Verdict,
)

LINK_PATH = "/i/"
# What the rest of a count's items is said to be when nobody knows where they are (CBV 2.0, disposition).
LOST = "unknown"


def read_scanned(text: str, keyring: ItemKeyring) -> tuple[str | None, Reason | None]:
    """Return the id of the item behind a scanned text, or why there is none.

    What is no code of ours may be the EPC of an item that another system labelled: a URI, which is its id here.
    """
    try:
        return read_item_code(text.rpartition(LINK_PATH)[2], keyring).item_id, None
    except MalformedCode:
        # Our own items are known by their codes only: an id proves nothing.
        foreign = ":" in text and not text.startswith(ITEM)
        return (text if foreign else None), Reason.NOT_A_CODE
    except CodeRefused:
        return None, Reason.FORGED


def part_of(starts: Sequence[str], item_id: str) -> int | None:
    """Return the number of the part that would hold the item, None before the first."""
    at = bisect_right(starts, item_id) - 1
    return None if at < 0 else at


@dataclass(kw_only=True)
class Known:
    """What is known when scans are decided: by scan_id, code, item id; `expected` of those items that were scanned."""

    records: dict[str, ScanRecord]
    read: Mapping[str, tuple[str | None, Reason | None]]
    items: Mapping[str, Item]
    sightings: dict[str, Sighting]
    expected: Collection[str]


@dataclass(kw_only=True)
class Growth:
    """What scans add to a count: the count after them, new records and sightings, and an answer for each scan."""

    take: StockTake
    records: list[ScanRecord] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    answers: list[ScanAnswer] = field(default_factory=list)


def decide(take: StockTake, uploads: Iterable[Upload], known: Known) -> Growth:
    """Decide scans in the order of their arrival; what is known grows with them."""
    growth = Growth(take=replace(take, counts=dict(take.counts), version=take.version + 1))
    for upload in uploads:
        before = known.records.get(upload.scan.scan_id)
        if before is None:
            record = _record(growth, upload, known)
            known.records[upload.scan.scan_id] = record
            growth.records.append(record)
            growth.answers.append(ScanAnswer(record=record, status=ScanStatus.RECORDED))
        else:
            same = before.upload.scan.code == upload.scan.code
            status = ScanStatus.REPEATED if same else ScanStatus.SCAN_ID_REUSED
            growth.answers.append(ScanAnswer(record=before, status=status))
    return growth


def _record(growth: Growth, upload: Upload, known: Known) -> ScanRecord:
    item_id, reason = known.read[upload.scan.code]
    item = known.items.get(item_id or "")
    first = known.sightings.get(item_id or "")
    expected = item_id in known.expected
    verdict, why = _judge(growth.take, item, first, expected=expected, reason=reason)
    is_told = item is not None and why is None and _is_visible(growth.take, item, expected=expected)
    record = ScanRecord(
        upload=upload,
        position=growth.take.counts.get(verdict, 0),
        verdict=verdict,
        reason=why,
        item=counted(item) if item is not None and is_told else None,
        first=first if verdict is Verdict.FOUND_TWICE else None,
    )
    growth.take = _grown(growth.take, verdict)
    if record.item is not None and verdict not in {Verdict.FOUND_TWICE, Verdict.TOO_LATE}:
        sighting = Sighting(item_id=record.item.id, expected=expected, verdict=verdict, scan=upload.scan)
        known.sightings[sighting.item_id] = sighting
        growth.sightings.append(sighting)
        growth.take = replace(growth.take, missing=growth.take.missing - int(expected))
    return record


def _judge(
    take: StockTake, item: Item | None, first: Sighting | None, *, expected: bool, reason: Reason | None
) -> tuple[Verdict, Reason | None]:
    if take.state is not StockTakeState.OPEN:
        return Verdict.TOO_LATE, None
    if item is None or item.state is ItemState.VOID:
        return Verdict.UNKNOWN, reason or Reason.NOT_ACTIVATED
    if not _is_visible(take, item, expected=expected):
        return Verdict.UNKNOWN, Reason.OUT_OF_SCOPE
    return (Verdict.FOUND_TWICE if first is not None else _found(take, item, expected=expected)), None


def _found(take: StockTake, item: Item, *, expected: bool) -> Verdict:
    if item.state is ItemState.ENDED:
        return Verdict.ENDED
    if expected:
        return Verdict.FOUND
    return Verdict.NOT_IN_COUNT if is_at(take, item.place) else Verdict.MISPLACED


def _is_visible(take: StockTake, item: Item, *, expected: bool) -> bool:
    return expected or not set(take.scopes).isdisjoint(item.seen_by)


def _grown(take: StockTake, verdict: Verdict) -> StockTake:
    return replace(take, counts={**take.counts, verdict: take.counts.get(verdict, 0) + 1})


def counted(item: Item) -> CountedItem:
    """Return the item as a count knows it."""
    return CountedItem(id=item.id, name=item.name, serial=item.serial, place=item.place)


def is_at(take: StockTake, uri: str | None) -> bool:
    """Tell whether a place is the one that is counted, or a spot within it."""
    place = None if uri is None else read_place(uri)
    if place is None or place.venue_id != take.place.venue_id:
        return False
    return take.place.spot in {None, place.spot}


def may_sign_off(take: StockTake, scopes: Collection[str]) -> bool:
    """Tell whether scopes reach as far as those of the opener; `seen_by` lists the nearest scope first."""
    reach = [at for at, scope in enumerate(take.seen_by) if scope in scopes]
    needed = [at for at, scope in enumerate(take.seen_by) if scope in take.scopes]
    return max(reach, default=-1) >= max(needed, default=0)


def as_counted(ones: Iterable[CountedItem], items: Mapping[str, Item], scopes: Collection[str]) -> Iterator[Item]:
    """Yield those items that are still where the count knew them: whatever moved or ended since has a newer event.

    What is on its way belongs to neither side for the while, and is left out.
    """
    for one in ones:
        item = items.get(one.id)
        if item is None or item.place != one.place or item.state is not ItemState.ACTIVE or item.transfer is not None:
            continue
        if not set(scopes).isdisjoint(item.seen_by):
            yield item


def by_disposition(items: Iterable[Item]) -> tuple[list[Item], list[Item]]:
    """Return the items that are as they were, and those that were missing and are found again."""
    listed = list(items)
    return [one for one in listed if one.disposition != LOST], [one for one in listed if one.disposition == LOST]
