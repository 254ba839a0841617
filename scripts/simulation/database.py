"""The database of the simulation: slots with versions, and what batches and looks cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from scripts.simulation.cores import Cores
from scripts.simulation.events import Action, EventLoop
from scripts.simulation.model import Costs

LOOK_COMMANDS = 2  # slots, ledger
CONFLICT_COMMANDS = 2  # the one that fails, and the end of the transaction


@dataclass(frozen=True, slots=True)
class Sight:
    """A slot as a process saw it last, and when."""

    version: int
    places_left: int
    seen_us: float


class Written(StrEnum):
    """What became of a batch."""

    COMMITTED = "committed"
    CONFLICT = "conflict"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Bookings to write: how many in each slot, and the version of each slot that this was decided on."""

    bookings: Mapping[int, int]
    versions: Mapping[int, int]

    @property
    def size(self) -> int:
        """Bookings in all."""
        return sum(self.bookings.values())


class Database:
    """Each command runs on one core; commands of different processes run beside each other.

    Two batches on one slot cannot both succeed: the second one fails at its first command when the slot is being
    written, or has another version than the batch was decided on.
    """

    def __init__(self, loop: EventLoop, cores: Cores, costs: Costs, round_trips: int, places: list[int]) -> None:
        self._loop = loop
        self._cores = cores
        self._costs = costs
        self._round_trips = round_trips
        self._places = places
        self._versions = [0] * len(places)
        self._being_written: set[int] = set()
        self.batches = 0
        self.conflicts = 0
        self.slots_written = 0
        self.looks = 0
        self.busy_us = 0.0

    def see(self, slot: int) -> Sight:
        """Return the slot as it is; whoever asks has paid for a look."""
        return Sight(self._versions[slot], self._places[slot], self._loop.now)

    def look(self, slots: int, done: Action) -> None:
        """Do the commands of a look at so many slots."""
        self.looks += 1
        self._run(LOOK_COMMANDS * self._command_us(slots), done)

    def begin(self, batch: Batch, done: Callable[[Written], None]) -> None:
        """Do the first command of the batch, or find a conflict."""
        if any(slot in self._being_written or self._versions[slot] != seen for slot, seen in batch.versions.items()):
            self.conflicts += 1
            self._run(CONFLICT_COMMANDS * self._command_us(len(batch.versions)), lambda: done(Written.CONFLICT))
            return
        self._being_written.update(batch.versions)
        self.go_on(batch, lambda: done(Written.COMMITTED))

    def go_on(self, batch: Batch, done: Action) -> None:
        """Do one command of the batch: all are taken to cost the same."""
        bookings_us = self._costs.per_booking_us * batch.size / self._round_trips
        self._run(self._command_us(len(batch.versions)) + bookings_us, done)

    def commit(self, batch: Batch, done: Action) -> None:
        """Make the batch last, which takes the wait of `Costs`; then its slots are free for the next."""
        self._loop.after(self._costs.wait_us, lambda: self._committed(batch, done))

    def _committed(self, batch: Batch, done: Action) -> None:
        self.batches += 1
        self.slots_written += len(batch.bookings)
        for slot, count in batch.bookings.items():
            self._places[slot] -= count
            self._versions[slot] += 1
        self._being_written.difference_update(batch.versions)
        done()

    def _command_us(self, slots: int) -> float:
        return (self._costs.fixed_us + self._costs.per_slot_us * slots) / self._round_trips

    def _run(self, work_us: float, done: Action) -> None:
        self.busy_us += work_us
        self._cores.run(work_us, done)
