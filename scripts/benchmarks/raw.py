"""Our side of `raw_insert`."""

from scripts.benchmarks.helpers import await_word, piped
from scripts.benchmarks.stores import RunningStores
from server.embedded import python_command


async def raw_inserts_per_s(stores: RunningStores, count: int) -> float:
    """Return how many plain documents a second the database takes, sixteen at a time, each durable."""
    async with piped(python_command("scripts.benchmarks.raw_insert", str(count)), stores.environment) as process:
        await await_word(process, "ready")
        assert process.stdin is not None  # noqa: S101 -- a pipe
        process.stdin.write(b"go\n")
        return count / float(await await_word(process, "done"))
