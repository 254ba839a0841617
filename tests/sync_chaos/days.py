"""Bad days, one after the other, in an order that chance decides: each is a trouble, and the load that meets it."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.concurrency.proxy import Wire
from tests.sync_chaos.load import Load
from tests.sync_chaos.main_system import MainSystem
from tests.sync_chaos.mischief import Mischief
from tests.sync_chaos.processes import Crew

SLOW_S = 0.25
AWAY_S = 3.0
FROZEN_S = 4.0


@dataclass(frozen=True, kw_only=True)
class Size:
    """How long it lasts: each trouble `rounds` times, with `doings` each; while cut off, with `cut_off` of them.

    `alive_s` is for how long sync processes live, between two bounds, until one of them is killed.
    """

    rounds: int
    doings: int
    cut_off: int
    mischief: int
    alive_s: tuple[float, float]


@dataclass(kw_only=True)
class BadDays:
    """Everything that takes part."""

    crew: Crew
    system: MainSystem
    wire: Wire
    load: Load
    mischief: Mischief
    luck: random.Random
    size: Size
    lived: list[str] = field(default_factory=list)

    async def live(self) -> None:
        """Live through all of them, while sync processes are killed again and again."""
        troubles: list[Callable[[], Awaitable[None]]] = [
            self.slow,
            self.frozen,
            self.killed,
            self.spoilt,
            self.cut_off,
        ]
        days = troubles * self.size.rounds
        self.luck.shuffle(days)
        await self.load.go_on(self.size.doings)
        await self.mischief.wait_for_work()
        killing = asyncio.create_task(self._kill_now_and_then())
        try:
            for day in days:
                await day()
                self.lived.append(day.__name__)
        finally:
            killing.cancel()
            with suppress(asyncio.CancelledError):
                await killing
        self.crew.start()

    async def _kill_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self.luck.uniform(*self.size.alive_s))
            self.crew.kill_one(self.luck)
            await asyncio.sleep(self.luck.uniform(0, 3))
            self.crew.start()

    async def slow(self) -> None:
        """The main system takes its time for each request."""
        self.wire.slow_down(SLOW_S)
        await self.load.go_on(self.size.doings)
        self.wire.slow_down(0)

    async def frozen(self) -> None:
        """The main system takes requests, and does not answer."""
        self.wire.freeze()
        await asyncio.gather(self.load.go_on(self.size.doings), asyncio.sleep(FROZEN_S))
        self.wire.thaw()

    async def killed(self) -> None:
        """The main system dies in the middle of it, and comes back."""
        load = asyncio.create_task(self.load.go_on(self.size.doings))
        await asyncio.sleep(self.luck.uniform(0.2, 1.5))
        self.system.kill()
        await asyncio.sleep(AWAY_S)
        self.system.start()
        await load

    async def spoilt(self) -> None:
        """Foreign hands write into the main system while we deliver."""
        await self.mischief.wait_for_work()
        await asyncio.gather(self.load.go_on(self.size.doings), self.mischief.spoil(self.size.mischief))

    async def cut_off(self) -> None:
        """The main system is not there for a whole day of load, and a sync process dies while it catches up."""
        self.system.kill()
        await self.load.go_on(self.size.cut_off)
        self.system.start()
        await asyncio.sleep(self.luck.uniform(2, 5))
        self.crew.kill_one(self.luck)
        self.crew.start()
        await self.load.go_on(self.size.doings)
