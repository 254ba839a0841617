"""The open interface: records in the order of their changes, as one client may see them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from services.clients.cursors import FeedCursors, Position
from services.clients.model import Client, FeedPage, Mark, OpenRecord
from services.clients.ports import Districts, MarkList
from services.common.clock import Clock, city_day
from services.common.newest import EARLIEST
from services.sync.envelopes import wrap
from services.sync.model import RecordKind
from services.sync.pseudonyms import Pseudonyms
from services.sync.records import Record, RecordSource
from services.sync.standard.schemas import Standard

# Marks bear the instant at which their batch began to be written, which takes up to 30 s twice: what a reader has
# passed must not get company later.
SETTLED_AFTER = timedelta(seconds=60)
# A backfill marks thousands a second, and other days have none.
FIRST_WINDOW = timedelta(seconds=1)
INSTANT = timedelta(milliseconds=1)


class OpenFeed:
    """Reads what was delivered to the main system, as it is now, for machine clients."""

    def __init__(
        self,
        *,
        marks: MarkList,
        sources: Mapping[RecordKind, RecordSource],
        standard: Standard,
        districts: Districts,
        secret: bytes,
        instance: str,
        clock: Clock,
    ) -> None:
        """Make each client's pseudonyms and cursors under `secret`; `instance` is the name of this one."""
        self._marks = marks
        self._sources = sources
        self._standard = standard
        self._districts = districts
        self._secret = secret
        self._cursors = FeedCursors(secret)
        self._instance = instance
        self._clock = clock

    async def page(self, client: Client, kind: RecordKind, after: str | None, limit: int) -> FeedPage:
        """Return up to `limit` changed records, the longest unchanged first; raises CursorInvalid.

        Each record comes with its latest change: one that changes again comes again, further on. What changed
        in the last SETTLED_AFTER comes later.
        """
        begin = Position(EARLIEST, "") if after is None else self._cursors.open(client.id, kind, after)
        horizon = _whole_milliseconds(self._clock.now() - SETTLED_AFTER)
        districts = await self._districts_of(client)
        found = await self._marks_behind(kind, districts, begin, horizon, limit + 1)
        more = len(found) > limit
        listed = found[:limit]
        end = Position(listed[-1].delivered_at, listed[-1].key) if more else max(begin, Position(horizon, ""))
        return FeedPage(
            items=await self._shown(client, kind, districts, listed),
            next=self._cursors.seal(client.id, kind, end),
            more=more,
        )

    async def _districts_of(self, client: Client) -> Sequence[str]:
        if client.districts is not None:
            return client.districts
        known = await self._districts.districts()
        return [client.city_id, *sorted(one.id for one in known if one.city_id == client.city_id)]

    async def _marks_behind(
        self, kind: RecordKind, districts: Sequence[str], begin: Position, horizon: datetime, wanted: int
    ) -> list[Mark]:
        """Return the first marks behind a place, by windows that widen: no query reads much more than a page."""
        if begin.at >= horizon:
            return []
        same = await self._marks.at(kind, districts, begin.at) if begin.at > EARLIEST else ()
        found = sorted((one for one in same if one.key > begin.key), key=lambda one: one.key)[:wanted]
        start, width = begin.at + INSTANT if begin.at > EARLIEST else begin.at, FIRST_WINDOW
        while len(found) < wanted and start < horizon:
            end = min(start + width, horizon)
            found += await self._marks.between(kind, districts, start, end, wanted - len(found))
            start, width = end, width * 2
        return found

    async def _shown(
        self, client: Client, kind: RecordKind, districts: Sequence[str], marks: Sequence[Mark]
    ) -> list[OpenRecord]:
        found = await self._sources[kind].several([one.source_id for one in marks]) if marks else ()
        by_id = {one.id: one for one in found if one.district_id in districts}
        pseudonyms = Pseudonyms.for_recipient(self._secret, f"client|{client.id}")
        shown = [self._show(by_id[one.source_id], pseudonyms) for one in marks if one.source_id in by_id]
        return [one for one in shown if one is not None]

    def _show(self, record: Record, pseudonyms: Pseudonyms) -> OpenRecord | None:
        """Return the record as the recipient of these pseudonyms may have it; None when it breaks the standard."""
        envelope = wrap(record, self._standard.schema(record.kind), pseudonyms, self._instance)
        if self._standard.flaws(record.kind, envelope.data):
            return None
        return OpenRecord(
            kind=envelope.kind,
            id=envelope.id,
            version=envelope.version,
            standard=envelope.standard,
            district_id=envelope.district_id,
            day=envelope.day,
            changed_on=city_day(envelope.changed_at),
            data=envelope.data,
        )


def _whole_milliseconds(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
