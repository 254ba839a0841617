"""Programs that tests start as somebody at a terminal does, wherever the tests themselves run."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

HEARD = (signal.SIGINT, signal.SIGHUP)


@contextmanager
def as_from_a_terminal() -> Iterator[None]:
    """Have what is started in the block hear Ctrl-C and the end of its terminal; call it from the main thread.

    A shell's `&` lets programs ignore the one, nohup the other, and all that they start inherits it: tests, too.
    """
    ignored = [number for number in HEARD if signal.getsignal(number) is signal.SIG_IGN]
    try:
        for number in ignored:
            signal.signal(number, _go_on)
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


def _go_on(_number: int, _frame: object) -> None:
    """Ignore a signal in this process alone: a program that is started has no handlers, so it ends by it."""
