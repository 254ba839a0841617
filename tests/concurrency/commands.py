"""What this process asks of databases, counted."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from pymongo import monitoring


class Commands(monitoring.CommandListener):
    """Counts the commands to each database, by name."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self._counts[event.database_name, event.command_name] += 1

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to note."""

    @contextmanager
    def counted(self, database: str) -> Iterator[Counter[str]]:
        """Count the commands to `database` in a block; the counts are there after it."""
        before, counts = self._counts.copy(), Counter[str]()
        yield counts
        for (where, name), count in (self._counts - before).items():
            if where == database:
                counts[name] = count


# Heard by every client that is made after this module was imported.
COMMANDS = Commands()
monitoring.register(COMMANDS)
