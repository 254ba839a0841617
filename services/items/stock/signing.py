"""Signing off a count: it takes no more scans, and its differences become events, a part at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil

from services.common.clock import Clock
from services.common.errors import FieldError
from services.identity.model import Actor
from services.items import wording
from services.items.errors import EventsRefused, StockTakeContended, StockTakeNotYours, StockTakeSignedOff
from services.items.life import OUR_EVENT
from services.items.model import Item, ItemState
from services.items.places import item_epc, place_uri
from services.items.ports import RecordStore
from services.items.stock.model import StockTake, StockTakeState, Verdict
from services.items.stock.ports import StockStore
from services.items.stock.rules import LOST, as_counted, by_disposition, may_sign_off
from services.items.stock.takes import PART_ITEMS, StockTakes
from services.items.telling import Tellers
from services.items.wording import Body, Telling
from services.venues.scopes import scope_names

# One request works for so long; what is then left is done by its repeat.
WORKS_FOR = timedelta(seconds=4)
TRIES = 12
# What is found again is as good as new (CBV 2.0, disposition).
FOUND_AGAIN = "active"
MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """The end of a count; with `mark_missing` what was not found is said to be missing."""

    actor: Actor
    take_id: str
    mark_missing: bool


@dataclass(frozen=True, kw_only=True)
class _Group:
    """Items of a part that have one event in common."""

    name: str
    items: Sequence[Item]
    disposition: str | None
    place: str | None


class StockSigning:
    """Freezes counts, and tells what they found."""

    def __init__(
        self, *, takes: StockTakes, store: StockStore, records: RecordStore, tellers: Tellers, clock: Clock
    ) -> None:
        self._takes = takes
        self._store = store
        self._records = records
        self._tellers = tellers
        self._clock = clock

    async def sign_off(self, command: SignOff) -> StockTake:
        """Freeze the count and tell its result.

        A large count is told in several requests: it is `signing_off` until all is told, and each repeat goes on where
        the last one ended, were it killed. Raises StockTakeUnknown, StockTakeNotYours, StockTakeSignedOff when another
        choice was made before, EventsRefused, or StockTakeContended.
        """
        until = self._clock.now() + WORKS_FOR
        take = await self._begin(command)
        while take.state is StockTakeState.SIGNING_OFF and self._clock.now() < until:
            marked = await self._tell(command.actor, take) if take.told < take.to_tell else 0
            take = await self._advance(take, marked)
        return take

    async def _begin(self, command: SignOff) -> StockTake:
        for _ in range(TRIES):
            take = await self._takes.get(command.actor, command.take_id)
            if not may_sign_off(take, scope_names(command.actor)):
                raise StockTakeNotYours
            if take.state is not StockTakeState.OPEN:
                if take.mark_missing != command.mark_missing:
                    raise StockTakeSignedOff
                return take
            begun = replace(
                take,
                state=StockTakeState.SIGNING_OFF,
                signed_off_at=self._clock.now(),
                signed_off_by=command.actor.id,
                mark_missing=command.mark_missing,
                to_tell=len(take.starts) + ceil(take.counts.get(Verdict.MISPLACED, 0) / PART_ITEMS),
                version=take.version + 1,
            )
            if await self._store.replace(begun):
                return begun
        raise StockTakeContended(retry_after_s=1)

    async def _advance(self, take: StockTake, marked: int) -> StockTake:
        """Note that a part is told; a twin of this request may have been quicker."""
        present = take
        for _ in range(TRIES):
            told = min(present.told + 1, present.to_tell)
            ended = told == present.to_tell
            after = replace(
                present,
                told=told,
                state=StockTakeState.SIGNED_OFF if ended else StockTakeState.SIGNING_OFF,
                marked_missing=present.marked_missing + marked,
                version=present.version + 1,
            )
            if await self._store.replace(after):
                return after
            present = await self._store.find(take.id) or present
            if present.told != take.told or present.state is StockTakeState.SIGNED_OFF:
                return present
        raise StockTakeContended(retry_after_s=1)

    async def _tell(self, actor: Actor, take: StockTake) -> int:
        """Record the events of the next part, those that are not yet there; return how many items are missing in it."""
        faults: tuple[FieldError, ...] = ()
        for _ in range(TRIES):
            groups = {_event_id(take, group.name): group for group in await self._groups(actor, take)}
            names = [_event_id(take, f"{MISSING}:{take.told}"), *groups]
            known = await self._records.events(names)
            bodies = [_word(take, event_id, group) for event_id, group in groups.items() if event_id not in known]
            if bodies:
                faults = (await self._tellers.record(actor, bodies, now=self._clock.now())).refused
            if not faults:
                told_missing = known.get(names[0])
                fresh = groups.get(names[0])
                return len(told_missing.items) if told_missing else len(fresh.items) if fresh else 0
        raise EventsRefused(errors=faults)

    async def _groups(self, actor: Actor, take: StockTake) -> Sequence[_Group]:
        at, scopes = take.told, scope_names(actor)
        if at >= len(take.starts):
            return await self._misplaced(take, at - len(take.starts), scopes)
        expected = await self._store.part(take.id, at)
        ids = [one.id for one in expected]
        sightings, items = await self._store.sightings(take.id, ids), await self._records.items(ids)
        seen = [one for one in expected if one.id in sightings and sightings[one.id].verdict is Verdict.FOUND]
        same, again = by_disposition(as_counted(seen, items, scopes))
        lost: list[Item] = []
        if take.mark_missing:
            unseen = [one for one in expected if one.id not in sightings]
            lost = [one for one in as_counted(unseen, items, scopes) if one.state is ItemState.ACTIVE]
        return _filled(
            _Group(name=f"found:{at}", items=same, disposition=None, place=None),
            _Group(name=f"found_again:{at}", items=again, disposition=FOUND_AGAIN, place=None),
            _Group(name=f"{MISSING}:{at}", items=lost, disposition=LOST, place=None),
        )

    async def _misplaced(self, take: StockTake, at: int, scopes: Sequence[str]) -> Sequence[_Group]:
        records = await self._store.listed(take.id, Verdict.MISPLACED, at * PART_ITEMS, (at + 1) * PART_ITEMS)
        listed = [record.item for record in records if record.item is not None]
        items = await self._records.items([one.id for one in listed])
        same, again = by_disposition(as_counted(listed, items, scopes))
        here = place_uri(take.place)
        return _filled(
            _Group(name=f"misplaced:{at}", items=same, disposition=None, place=here),
            _Group(name=f"misplaced_again:{at}", items=again, disposition=FOUND_AGAIN, place=here),
        )


def _filled(*groups: _Group) -> Sequence[_Group]:
    return [group for group in groups if group.items]


def _event_id(take: StockTake, name: str) -> str:
    """Return the eventID, the same in each repeat, so that nothing is told twice."""
    return f"{OUR_EVENT}{take.id}:{name}"


def _word(take: StockTake, event_id: str, group: _Group) -> Body:
    told = Telling(event_id=event_id, happened_at=take.signed_off_at or take.opened_at, place=group.place)
    epcs = [item_epc(item.id) for item in group.items]
    return wording.take_stock(told, epcs, looked_at=place_uri(take.place), disposition=group.disposition)
