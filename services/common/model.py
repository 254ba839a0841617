"""Values that every domain uses: pages, and keys that make a request repeatable."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """A stretch of a list; `next` is the cursor of the following stretch, or None at the end."""

    items: Sequence[T]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class IdempotentRequest:
    """What makes a request repeatable.

    `id` names who asked what under which key; `fingerprint` stands for the content, keyed so that
    a document number in it cannot be guessed from the stored value.
    """

    id: str
    fingerprint: str
