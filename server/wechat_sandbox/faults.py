"""Faults that a test or an operator orders, and a count of the calls."""

import asyncio
from collections import Counter, deque
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AnswerErrcode:
    """Answer with this code."""

    errcode: int


@dataclass(frozen=True, kw_only=True)
class Delay:
    """Answer properly, but this many seconds late."""

    delay_s: float


@dataclass(frozen=True, kw_only=True)
class Hang:
    """Hold the call until the faults are cleared, then answer properly."""


Fault = AnswerErrcode | Delay | Hang


@dataclass(frozen=True, kw_only=True)
class Order:
    """A fault for the next `times` calls to a path."""

    path: str
    fault: Fault
    times: int


class Faults:
    """Orders by path, first come, first served; and how often each path was called."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._orders: dict[str, deque[Order]] = {}
        self._cleared = asyncio.Event()

    def order(self, order: Order) -> None:
        """Put `order` behind those that its path has already."""
        self._orders.setdefault(order.path, deque()).append(order)

    def clear(self) -> None:
        """Forget every order and let hanging calls go on."""
        self._orders.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    def count(self, path: str) -> Fault | None:
        """Count a call to `path` and return the fault it must show, if any."""
        self.calls[path] += 1
        waiting = self._orders.get(path)
        if not waiting:
            return None
        order = waiting.popleft()
        if order.times > 1:
            waiting.appendleft(Order(path=path, fault=order.fault, times=order.times - 1))
        return order.fault

    def released(self) -> asyncio.Event:
        """Return the event that ends the hanging of calls that begin now."""
        return self._cleared
