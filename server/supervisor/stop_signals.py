"""Waiting that a request to stop, or the death of a child, cuts short."""

import select
import signal
import socket

from server.supervisor.errors import StopRequested

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


class StopSignals:
    """Turns signals into StopRequested, raised only where the supervisor waits.

    Signals arrive as bytes on a socket, so nothing runs in the middle of a step. From construction on, SIGINT,
    SIGTERM and SIGHUP no longer end the process by themselves.
    """

    def __init__(self) -> None:
        self._arrivals, self._sender = socket.socketpair()
        self._arrivals.settimeout(0)
        self._sender.settimeout(0)
        signal.set_wakeup_fd(self._sender.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, _let_the_socket_tell)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks to outlive the terminal
            signal.signal(signal.SIGHUP, _let_the_socket_tell)

    def pause(self, seconds: float) -> None:
        """Wait `seconds`, less when a child ends; raises StopRequested when a stop signal has arrived."""
        readable, _, _ = select.select([self._arrivals], [], [], seconds)
        if not readable:
            return
        arrived = STOPPING.intersection(self._arrivals.recv(4096))
        if arrived:
            raise StopRequested(", ".join(sorted(signal.Signals(number).name for number in arrived)))


def _let_the_socket_tell(_number: int, _frame: object) -> None:
    """Python writes the wake-up byte only for signals that have a handler."""
