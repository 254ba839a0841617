"""Desks as server processes have them, each with a memory of its own: to each other they are two processes."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime, timedelta

from services.common.clock import Clock, SystemClock, UlidSource
from services.reservations.changes import Change
from services.reservations.desk import GroupCommitDesk
from services.reservations.forwarding import ForwardingDesk
from services.reservations.ports import Answer, LedgerStore, Peers


class Alone:
    """A process that hears nothing from others: what they do at once, the ledger alone keeps right."""

    def owner_of(self, _slot_id: str) -> str | None:
        return None

    def ask(self, owner: str, change: Change) -> asyncio.Future[Answer]:
        raise AssertionError(f"{owner} is not there to be asked for {change}")

    def serve(self, answer: Callable[[Sequence[Change]], Awaitable[Sequence[Answer | Exception]]]) -> None:
        """Nobody will ask."""

    def watch(self, freed: Callable[[Collection[str]], None]) -> None:
        """Nobody will tell."""

    def tell_freed(self, slot_ids: Collection[str]) -> None:
        """Nobody listens."""


class Street:
    """Processes that tell each other where places came back, and do not ask each other for anything."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Collection[str]], None]] = []

    def neighbour(self) -> "Neighbour":
        return Neighbour(self._listeners)


class Neighbour(Alone):
    """A process that hears from the others."""

    def __init__(self, listeners: list[Callable[[Collection[str]], None]]) -> None:
        self._listeners = listeners

    def watch(self, freed: Callable[[Collection[str]], None]) -> None:
        self._listeners.append(freed)

    def tell_freed(self, slot_ids: Collection[str]) -> None:
        for listener in self._listeners:
            listener(slot_ids)


class ClockAhead:
    """A clock that is wrong by so much, which can be changed."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead
        self._right = SystemClock()

    def now(self) -> datetime:
        return self._right.now() + self.ahead


class StoppedClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self._now = SystemClock().now()

    def now(self) -> datetime:
        return self._now

    def forward(self, by: timedelta) -> None:
        self._now += by


class MortalDesk(GroupCommitDesk):
    """A desk that can end before the tests do: without that it would give back for ever, over lines that are closed."""

    ended = False

    def end(self) -> None:
        """Begin nothing any more."""
        self.ended = True

    def give_back(self, changes: Sequence[Change]) -> None:
        if not self.ended:
            super().give_back(changes)


def desk_on(store: LedgerStore, clock: Clock = SystemClock(), peers: Peers = Alone()) -> ForwardingDesk:  # noqa: B008 -- neither has a state
    """Return the desk of a process that has just started."""
    here = MortalDesk(store=store, peers=peers, clock=clock, ids=UlidSource())
    return ForwardingDesk(here=here, peers=peers)


def end(desk: ForwardingDesk) -> None:
    """End the process, as far as it books."""
    assert isinstance(desk._here, MortalDesk)
    desk._here.end()


def desks_on(street: Street, stores: Sequence[LedgerStore], clock: Clock) -> list[ForwardingDesk]:
    """Return the desks of processes that hear from each other."""
    return [desk_on(store, clock, street.neighbour()) for store in stores]
