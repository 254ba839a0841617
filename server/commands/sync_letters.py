"""Dead letters on a terminal: how many there are of what, and the first of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.sync.model import RecordKind
from services.sync.relay.model import DeadLetter, DeadReason
from services.sync.relay.replaying import Replaying

FIRST = 5
FLAWS_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Letters:
    """How many dead letters there are of each kind and reason, and the newest of them."""

    counts: Mapping[tuple[RecordKind, DeadReason], int]
    newest: Sequence[DeadLetter]


async def read_letters(replaying: Replaying) -> Letters:
    """Return what is shown of dead letters; raises DatabaseUnavailable."""
    counts = await replaying.count()
    page = await replaying.list(None, FIRST, None)
    return Letters(counts=counts, newest=page.items)


def letter_lines(letters: Letters) -> Iterator[str]:
    """Yield the counts in a line, a line for each of the newest, and what to do."""
    if not letters.counts:
        yield "none"
        return
    yield ", ".join(f"{kind} {reason} {many:,}" for (kind, reason), many in sorted(letters.counts.items()))
    yield from map(_letter, letters.newest)
    total = sum(letters.counts.values())
    if total > len(letters.newest):
        yield f"these are the newest of {total:,}; all: GET /api/v1/admin/sync/dead-letters"
    yield "when their cause is mended: ./scripts/sync replay --all"


def _letter(letter: DeadLetter) -> str:
    flaws = [f"{flaw.path or 'the record'} breaks {flaw.rule}" for flaw in letter.flaws[:FLAWS_SHOWN]]
    if len(letter.flaws) > FLAWS_SHOWN:
        flaws.append(f"{len(letter.flaws) - FLAWS_SHOWN:,} more")
    return f"{letter.id}: {letter.reason}" + (f", {'; '.join(flaws)}" if flaws else "")


def count_of(many: int, noun: str) -> str:
    """Return the number with its noun, in the plural where it is not one."""
    return f"{many:,} {noun}{'' if many == 1 else 's'}"
