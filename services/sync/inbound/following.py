"""Following the main system: all is compared first and every night, and what changes is taken as it changes."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.common.clock import Clock
from services.common.errors import Unavailable
from services.sync.inbound.applying import Applying
from services.sync.inbound.errors import HistoryLost, StreamsRefused
from services.sync.inbound.model import Change, Changes, FollowingMode, Outcome, Position, ReferenceKind
from services.sync.inbound.places import newest_places
from services.sync.inbound.ports import ChangeStream, LinkStore, MainSystem, PositionStore, RefusedStore
from services.sync.inbound.rules import compare_due, key_of

# Late commits: a document may be seen minutes after the instant that it names.
OVERLAP = timedelta(minutes=10)
POLL_EVERY_S = 15.0
TRY_AGAIN_S = 5.0
# A comparison of everything follows: not without end, should the main system forget at once.
AFTER_LOSS_S = 1.0
MOST_TRIED_AGAIN = 500

Tell = Callable[[str, Mapping[str, Any]], None]


class Following:
    """Follows in one process at a time; two at once do no harm, and twice the work."""

    def __init__(
        self,
        *,
        main: MainSystem,
        applying: Applying,
        links: LinkStore,
        refused: RefusedStore,
        positions: PositionStore,
        clock: Clock,
        mode: FollowingMode,
        tell: Tell,
    ) -> None:
        """`tell` is called with an event's name and its facts, for the log."""
        self._main = main
        self._applying = applying
        self._links = links
        self._refused = refused
        self._positions = positions
        self._clock = clock
        self._mode = mode
        self._tell = tell

    async def run(self) -> None:
        """Follow until cancelled; whatever is away is tried again."""
        while self._mode is not FollowingMode.OFF:
            _ensure_wanted()
            try:
                await self._follow()
            except HistoryLost:
                self._tell("inbound_history_lost", {})
                await self._positions.put(replace(await self._positions.get(), token=None))
                await asyncio.sleep(AFTER_LOSS_S)
            except StreamsRefused as error:
                self._tell("inbound_polls", {"reason": str(error)})
                self._mode = FollowingMode.POLL
            except Unavailable as error:
                self._tell("inbound_waits", {"reason": error.code})
                await asyncio.sleep(TRY_AGAIN_S)

    async def _follow(self) -> None:
        if self._mode is FollowingMode.POLL:
            await self.poll()
            await asyncio.sleep(POLL_EVERY_S)
            return
        await self.follow_stream(self._forever)

    async def _forever(self, step: Callable[[], Awaitable[int]]) -> None:
        while True:
            await step()

    async def follow_stream(self, work: Callable[[Callable[[], Awaitable[int]]], Awaitable[None]]) -> None:
        """Open the stream where we were, and let `work` call its step, which takes some changes and counts them.

        The first time, and when the main system no longer knows where we were, all is compared: after taking the token
        of this moment, so that nothing falls between the two. Raises HistoryLost, StreamsRefused, DatabaseUnavailable.
        """
        position = await self._positions.get()
        if position.token is None:
            token = await self._main.token_now()
            await self.compare()
            position = await self._moved(token=token, mode=FollowingMode.STREAM)
        if position.token is None:
            raise HistoryLost
        async with self._main.stream(position.token) as stream:

            async def step() -> int:
                await self._compare_nightly()
                return await self._step(stream)

            await work(step)

    async def _step(self, stream: ChangeStream) -> int:
        _ensure_wanted()
        found = await stream.following()
        await self._take(found)
        if found.token is not None:
            # Only now: whoever is killed before takes the same changes again.
            await self._moved(token=found.token, mode=FollowingMode.STREAM)
        return len(found.changes)

    async def _take(self, found: Changes) -> None:
        outcomes = [(change.kind, await self._take_one(change)) for change in found.changes]
        if (ReferenceKind.DIVISION, Outcome.TAKEN) in outcomes:
            await self._try_again()
        self._report("inbound_taken", Counter(outcome for _, outcome in outcomes))

    async def _take_one(self, change: Change) -> Outcome:
        if change.document is None:
            return await self._applying.gone(change.kind, key_of(change.key))
        return await self._applying.take(change.kind, change.document)

    async def _try_again(self) -> None:
        """Take what could not be taken before: it may have lacked the division that came just now."""
        waiting = await newest_places(self._refused.between, wanted=MOST_TRIED_AGAIN, after=None, now=self._clock.now())
        for kind in ReferenceKind:
            keys = [its_id.removeprefix(f"{kind}:") for _, its_id in waiting if its_id.startswith(f"{kind}:")]
            for document in await self._main.several(kind, keys):
                await self._applying.take(kind, document)

    async def poll(self) -> None:
        """Take what was updated since the last time, and a little from before it; compare all where that is due."""
        await self._compare_nightly()
        position = await self._positions.get()
        polled = dict(position.polled_to)
        for kind in ReferenceKind:
            since = polled.get(kind)
            if since is None:
                continue
            newest = since
            async for documents in self._main.updated_since(kind, since - OVERLAP):
                outcomes = await self._take_all(kind, documents)
                newest = max([newest, *(one["updated_at"] for one in documents)])
                if kind is ReferenceKind.DIVISION and Outcome.TAKEN in outcomes:
                    await self._try_again()
            # Never ahead of ourselves: a document may name an instant of next year.
            polled[kind] = min(newest, self._clock.now())
        await self._moved(polled_to=polled, mode=FollowingMode.POLL)

    async def _compare_nightly(self) -> None:
        if compare_due((await self._positions.get()).compared_at, self._clock.now()):
            await self.compare()

    async def compare(self) -> None:
        """Hold all of the main system's documents against what is here; raises DatabaseUnavailable."""
        began = self._clock.now()
        counted: Counter[Outcome] = Counter()
        for kind in ReferenceKind:
            seen: set[str] = set()
            async for documents in self._main.everything(kind):
                counted.update(await self._take_all(kind, documents))
                seen |= {key_of(one.get("_id")) for one in documents}
            counted.update(await self._missing(kind, seen))
        await self._moved(compared_at=began, polled_to=dict.fromkeys(ReferenceKind, began))
        self._report("inbound_compared", counted)

    async def _missing(self, kind: ReferenceKind, seen: set[str]) -> list[Outcome]:
        """Note what the main system has no more; an empty collection is taken for one that is being filled."""
        missing = sorted(set(await self._links.keys_living(kind)) - seen)
        if missing and not seen:
            self._tell("inbound_collection_empty", {"kind": str(kind), "known_here": len(missing)})
            return []
        return [await self._applying.gone(kind, key) for key in missing]

    async def _take_all(self, kind: ReferenceKind, documents: Sequence[Mapping[str, Any]]) -> list[Outcome]:
        _ensure_wanted()
        return [await self._applying.take(kind, document) for document in documents]

    async def _moved(self, **changes: Any) -> Position:
        position: Position = replace(await self._positions.get(), **changes)
        await self._positions.put(position)
        return position

    def _report(self, event: str, outcomes: Mapping[Outcome, int]) -> None:
        if outcomes:
            self._tell(event, {str(outcome): count for outcome, count in outcomes.items()})


def _ensure_wanted() -> None:
    """Raise CancelledError where this task was cancelled before.

    asyncio.wait_for of Python 3.11, which the driver waits by, loses a cancellation that comes in the moment in which
    what it waits for is done (python/cpython#86296): a leader that has to stop would go on for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
