"""Watching venues: this process looks once a second at each that anybody here watches, however many do."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.admissions.live.errors import StreamsTooMany
from services.admissions.live.model import VenueState
from services.admissions.live.ports import Looking
from services.common.deadlines import deadline
from services.common.errors import DomainError, TooBusy
from services.identity.model import Actor

LOOK_EVERY_S = 1.0
LOOK_WITHIN_S = 5.0
LOOKS_AT_ONCE = 8
# Each stream is a connection, and a task that wakes with every change.
MOST_STREAMS = 500
MOST_OF_AN_ACCOUNT = 10


class Watch:
    """One screen that follows one venue. It is told the latest state, and never what came before it."""

    def __init__(self, venue_id: str, first: VenueState) -> None:
        self.venue_id = venue_id
        self.latest = first
        self._told: VenueState | None = None
        self._changed = asyncio.Event()
        self._seen_at = asyncio.get_running_loop().time()

    @property
    def age_s(self) -> float:
        """How long ago it was certain that `latest` is true."""
        return asyncio.get_running_loop().time() - self._seen_at

    def show(self, state: VenueState) -> None:
        """Replace what there is to tell."""
        self._seen_at = asyncio.get_running_loop().time()
        if state != self.latest:
            self.latest = state
            self._changed.set()

    async def news(self, within_s: float) -> VenueState | None:
        """Return the state as soon as it is not what was told last; None when nothing changes in that time."""
        if self._told is None or self._told != self.latest:
            return self._tell()
        try:
            async with asyncio.timeout(max(0.0, within_s)):
                await self._changed.wait()
        except TimeoutError:
            return None
        return self._tell()

    def _tell(self) -> VenueState:
        self._changed.clear()
        self._told = self.latest
        return self.latest


class Watching:
    """Who watches what here; runs in the background of each process."""

    def __init__(self, *, reading: Looking, tell: Callable[[Exception], None]) -> None:
        self._reading = reading
        self._tell = tell
        self._watches: dict[str, set[Watch]] = {}
        self._accounts: Counter[str] = Counter()
        self._looks = asyncio.Semaphore(LOOKS_AT_ONCE)

    @property
    def streams(self) -> int:
        """How many watch in this process."""
        return self._accounts.total()

    async def ensure_within(self, actor: Actor, venue_id: str) -> None:
        """Raise VenueUnknown when the venue is not, or not any more, within the actor's scope."""
        await self._reading.ensure_within(actor, venue_id)

    async def state(self, actor: Actor, venue_id: str) -> VenueState:
        """Return how a venue stands, once; raises VenueUnknown, DatabaseUnavailable."""
        await self._reading.ensure_within(actor, venue_id)
        return await self._reading.look(venue_id)

    @contextmanager
    def claimed(self, actor: Actor) -> Iterator[None]:
        """Count one more stream of the account while the enclosed runs.

        Raises StreamsTooMany when the account has enough here, TooBusy when the process has.
        """
        if self._accounts[actor.id] >= MOST_OF_AN_ACCOUNT:
            raise StreamsTooMany(retry_after_s=10)
        if self.streams >= MOST_STREAMS:
            raise TooBusy(retry_after_s=10)
        self._accounts[actor.id] += 1
        try:
            yield
        finally:
            self._accounts[actor.id] -= 1
            if not self._accounts[actor.id]:
                del self._accounts[actor.id]

    @contextmanager
    def watched(self, first: VenueState) -> Iterator[Watch]:
        """Look at the venue of `first` from now on, until the enclosed ends."""
        watch = Watch(first.venue_id, first)
        self._watches.setdefault(watch.venue_id, set()).add(watch)
        try:
            yield watch
        finally:
            here = self._watches[watch.venue_id]
            here.discard(watch)
            if not here:
                del self._watches[watch.venue_id]

    async def run(self) -> None:
        """Look once a second, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await asyncio.gather(*(self._look(venue_id) for venue_id in list(self._watches)))

    async def _look(self, venue_id: str) -> None:
        # Who joins from here on has seen something newer already.
        waiting = tuple(self._watches.get(venue_id, ()))
        try:
            async with self._looks:
                with deadline(LOOK_WITHIN_S):
                    state = await self._reading.look(venue_id)
        except DomainError:
            # The database is away, which whoever watches sees by `age_s`; or the venue is gone, which each finds out.
            return
        except Exception as error:
            self._tell(error)
            return
        for watch in waiting:
            watch.show(state)
