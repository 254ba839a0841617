"""A server whose processes are killed one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.concurrency.town import NO_LIMITS
from tests.processes import ServerProcess, await_end, end, free_port, launch_server


class Machine:
    """A server that can lose any of its processes and be started again, always at the same address."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._port = free_port()
        self.server = self._launch()

    def _launch(self) -> ServerProcess:
        return launch_server(self._data_dir, arguments=("--workers", "2"), environment=NO_LIMITS, port=self._port)

    def kill(self, victim: str) -> None:
        """Kill one process, and see to it that it comes back."""
        if victim != "supervisor":
            process = self.server.get_child(victim)
            process.kill()
            assert await_end([process], within_s=10.0) == []
            return
        everything = self.server.descendants()
        self.server.kill()
        assert await_end(everything, within_s=10.0) == []
        self.server = self._launch()


@contextmanager
def running(data_dir: Path) -> Iterator[Machine]:
    machine = Machine(data_dir)
    try:
        machine.server.await_ready()
        yield machine
    finally:
        end(machine.server)
