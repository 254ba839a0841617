"""A process that is killed, or whose database goes, between any two steps."""

from collections.abc import Awaitable, Callable
from typing import Any


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class Mishap:
    """Strikes at one step, and only once: before or after one of all the calls that are made."""

    def __init__(self, at: int, strike: type[BaseException] = Killed) -> None:
        self._left = at
        self._strike = strike
        self.struck = False

    def step(self) -> None:
        self._left -= 1
        if self._left == -1:
            self.struck = True
            raise self._strike

    def around(self, thing: object) -> Any:
        """Return the thing; each of its methods is two steps, with what it does between them."""
        return _Watched(thing, self.step)


class _Watched:
    def __init__(self, thing: object, step: Callable[[], None]) -> None:
        self._thing = thing
        self._step = step

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        async def call(*arguments: object) -> object:
            self._step()
            answer = await getattr(self._thing, name)(*arguments)
            self._step()
            return answer

        return call
