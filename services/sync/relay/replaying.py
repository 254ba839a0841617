"""Dead letters, for people: which there are, and delivering them again when their cause is mended."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from services.common.clock import Clock, IdSource
from services.common.model import Page
from services.common.pages import CursorInvalid, make_cursor, read_cursor
from services.sync.model import RecordKind, RecordRef
from services.sync.relay.errors import MainSystemMissing
from services.sync.relay.model import DeadLetter, DeadReason, Parcel
from services.sync.relay.ports import DeadLetterList, Wishes

LETTERS = "dead letters"
RECORDS_IN_PARCEL = 1000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Replaying:
    """Lists dead letters, and lets their records wait again; the relay forgets a letter whose record it delivered."""

    def __init__(
        self, *, letters: DeadLetterList, wishes: Wishes, configured: bool, clock: Clock, ids: IdSource
    ) -> None:
        """Let `configured` tell whether there is a main system."""
        self._letters = letters
        self._wishes = wishes
        self._configured = configured
        self._clock = clock
        self._ids = ids

    async def list(self, kind: RecordKind | None, limit: int, after: str | None) -> Page[DeadLetter]:
        """Return a page of dead letters, newest first; raises CursorInvalid."""
        found = await self._letters.page(kind, limit + 1, None if after is None else _place(after))
        following = None
        if len(found) > limit:
            last = found[limit - 1]
            following = make_cursor(LETTERS, (last.since - EPOCH) // MILLISECOND, last.id)
        return Page(items=found[:limit], next=following)

    async def replay(self, kind: RecordKind | None, ids: Collection[str]) -> int:
        """Let the records of dead letters be delivered again; return how many.

        All letters of `kind` or, where it is None, of all kinds; only those with these `ids`, where there are any.
        Raises MainSystemMissing.
        """
        if not self._configured:
            raise MainSystemMissing
        refs = await self._wanted(kind, ids)
        await self._wishes.add([self._parcel(some) for some in _stretches(refs)])
        return len(refs)

    async def count(self) -> Mapping[tuple[RecordKind, DeadReason], int]:
        """Return how many letters there are of each kind and reason."""
        return await self._letters.count_by_reason()

    async def unknown(self, ids: Collection[str]) -> Sequence[str]:
        """Return those of the `ids` that are no letter's, in their order."""
        known = {f"{ref.kind}:{ref.id}" for ref in await self._letters.refs_of(ids)}
        return [its_id for its_id in dict.fromkeys(ids) if its_id not in known]

    async def _wanted(self, kind: RecordKind | None, ids: Collection[str]) -> Sequence[RecordRef]:
        if not ids:
            return await self._letters.refs(kind)
        return [ref for ref in await self._letters.refs_of(ids) if kind in {None, ref.kind}]

    def _parcel(self, refs: Sequence[RecordRef]) -> Parcel:
        return Parcel(id=self._ids.new("rpl"), told_at=self._clock.now(), events=(), records=tuple(refs))


def _stretches(refs: Sequence[RecordRef]) -> Sequence[Sequence[RecordRef]]:
    return [refs[start : start + RECORDS_IN_PARCEL] for start in range(0, len(refs), RECORDS_IN_PARCEL)]


def _place(cursor: str) -> tuple[datetime, str]:
    milliseconds, its_id = read_cursor(cursor, LETTERS, (int, str))
    try:
        return EPOCH + int(milliseconds) * MILLISECOND, str(its_id)
    except OverflowError:
        raise CursorInvalid from None
