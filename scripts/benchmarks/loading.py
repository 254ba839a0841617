"""Our side of the load generator: hands it a plan, lets it go, and reads its sheet."""

import json
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from scripts.benchmarks.figures import percentile
from scripts.benchmarks.helpers import await_word, piped
from scripts.benchmarks.plan import Plan
from scripts.benchmarks.stores import RunningStores
from server.embedded import python_command


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What came of all timed requests: status, and seconds from the start to sending and to the whole answer."""

    statuses: Sequence[int]
    sent: Sequence[float]
    answered: Sequence[float]

    def count(self) -> Counter[int]:
        """Return how many requests had which status; 0 is a connection that broke."""
        return Counter(self.statuses)

    def seconds(self, status: int | None = None) -> float:
        """Return the time from the first request to the last answer, or the last with this status; 0 for none."""
        chosen = [at for at, got in zip(self.answered, self.statuses, strict=True) if status in {None, got}]
        return max(chosen) - min(self.sent) if chosen else 0.0

    def latency_ms(self, share: float) -> float:
        """Return the latency that `share` of the requests did not exceed."""
        took = [(until - since) * 1000 for since, until in zip(self.sent, self.answered, strict=True)]
        return percentile(took, share)


class LoadGenerator:
    """A generator whose connections are open and warm."""

    def __init__(self, process: Process, stores: RunningStores) -> None:
        self._process = process
        self._stores = stores

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def run(self) -> Answers:
        """Send all timed requests and return what came of them; the connections stay open."""
        assert self._process.stdin is not None  # noqa: S101 -- a pipe
        self._process.stdin.write(b"go\n")
        await await_word(self._process, "done")
        return Answers(**json.loads((self._stores.directory / "sheet.json").read_text(encoding="utf-8")))


@asynccontextmanager
async def load_generator(stores: RunningStores, plan: Plan) -> AsyncIterator[LoadGenerator]:
    """Start a generator, with all connections open and warm, until the block ends."""
    plan_file, sheet_file = stores.directory / "plan.json", stores.directory / "sheet.json"
    plan_file.write_text(plan.to_json(), encoding="utf-8")
    command = python_command("scripts.benchmarks.load", str(plan_file), str(sheet_file))
    async with piped(command, stores.environment) as process:
        await await_word(process, "ready")
        yield LoadGenerator(process, stores)
