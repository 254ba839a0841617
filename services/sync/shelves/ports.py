"""What can be done with a shelf."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any, Protocol

from services.sync.envelopes import Envelope
from services.sync.model import RecordKind
from services.sync.shelves.model import Cell, Lying, Put, Sum


class ShelfUnavailable(Exception):
    """The database of a shelf does not answer, or lets us do nothing; `reason` is a code for an operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Shelf(Protocol):
    """Where envelopes lie. All methods raise ShelfUnavailable. `reads` counts the documents that came from it."""

    @property
    def reads(self) -> int:
        """Return how many documents were read from the shelf so far: envelopes, or sums of them."""

    async def put(self, envelopes: Sequence[Envelope]) -> Sequence[Put]:
        """Lay envelopes down, each id at most once, unless this version or a newer one lies there; durable then.

        What somebody else laid where one of ours belongs is replaced.
        """

    async def sums(self, cell: Cell) -> Mapping[Cell, Sum]:
        """Return the sums of what a cell is made of: by district and day, or by part where it names these."""

    async def lying(self, cell: Cell) -> Sequence[Lying]:
        """Return what lies in a cell, in any order; ours only."""

    async def find(self, kind: RecordKind, ids: Collection[str]) -> Mapping[str, Lying]:
        """Return what lies at these ids, whoever laid it there, by id."""

    async def replace(self, envelope: Envelope, seen: Lying | None) -> bool:
        """Lay the envelope in place of what was `seen` there, whatever its version.

        False if that is there no more, or if the database does not take the envelope.
        """

    async def remove(self, seen: Lying) -> bool:
        """Take away what was seen; False if it is there no more."""

    def contents(self, kind: RecordKind) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Yield everything of ours of a kind, whole documents, some hundreds at a time."""

    async def strangers(self, kind: RecordKind) -> int:
        """Return how many documents somebody else laid where envelopes of this kind lie."""
