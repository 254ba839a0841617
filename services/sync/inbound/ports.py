"""What following the main system needs from outside."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from services.sync.inbound.model import (
    Arrival,
    Changes,
    Conflict,
    ConflictState,
    Link,
    Local,
    Position,
    ReferenceKind,
    RefusedReference,
)


class Receiver(Protocol):
    """A domain that has things of one kind."""

    @property
    def kind(self) -> ReferenceKind:
        """Return the kind."""

    def settled(self, key: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the data of a sound document in the one spelling in which `find` shows what was taken."""

    async def match(self, key: str, data: Mapping[str, Any]) -> str | None:
        """Return the id of the thing here that this must be, though no link says so; None for one that is new."""

    def new_id(self, data: Mapping[str, Any]) -> str:
        """Return the id of a new thing."""

    async def find(self, local_id: str) -> Local | None:
        """Return the thing as it is now."""

    async def receive(self, arrival: Arrival) -> None:
        """Make the thing, or change the main system's fields of it; safe to repeat. Raises NotTaken, Outdated."""

    async def end(self, local_id: str, fence: int) -> bool:
        """Do what follows when the main system has it no more; tell whether it ended here, too. Raises Outdated."""


class ChangeStream(Protocol):
    """Changes as they happen."""

    async def following(self) -> Changes:
        """Wait a moment for changes; there may be none. Raises HistoryLost, StreamsRefused, DatabaseUnavailable."""


class MainSystem(Protocol):
    """The main system's reference data. All methods raise DatabaseUnavailable."""

    async def token_now(self) -> Mapping[str, Any]:
        """Return the token of this moment; raises StreamsRefused."""

    def stream(self, token: Mapping[str, Any]) -> AbstractAsyncContextManager[ChangeStream]:
        """Open the changes after `token`; raises HistoryLost, StreamsRefused."""

    def everything(self, kind: ReferenceKind) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Yield all documents of a kind, some hundreds at a time."""

    def updated_since(self, kind: ReferenceKind, since: datetime) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Yield the documents with `updated_at` at or after `since`, in any order."""

    async def several(self, kind: ReferenceKind, keys: Collection[str]) -> Sequence[Mapping[str, Any]]:
        """Return the documents there are with these keys."""


class LinkStore(Protocol):
    """Links; a claim makes those before it void."""

    async def find(self, link_id: str) -> Link | None:
        """Return the link."""

    async def of_local(self, kind: ReferenceKind, local_id: str) -> Sequence[Link]:
        """Return the links to a thing here."""

    async def claim(self, link: Link, seen: Link | None) -> bool:
        """Put `link`, whose fence is one more than that of `seen`; False when it is not as it was seen."""

    async def holds(self, link: Link) -> bool:
        """Tell whether nobody has claimed the link after this one."""

    async def finish(self, link: Link) -> bool:
        """Put `link` in the place of the one with its fence; False when somebody has claimed it since."""

    async def keys_living(self, kind: ReferenceKind) -> Collection[str]:
        """Return the keys of all links of a kind of what the main system has, as far as is known."""


class ConflictStore(Protocol):
    """Conflicts; they are forgotten by themselves after some time."""

    async def note(self, conflict: Conflict) -> bool:
        """Keep a conflict; False when it was noted before."""

    async def find(self, conflict_id: str) -> Conflict | None:
        """Return the conflict."""

    async def between(
        self, state: ConflictState | None, since: datetime, until: datetime
    ) -> Sequence[tuple[datetime, str]]:
        """Return instants and ids, in any order, of those seen from `since` to before `until`: all, or of a state."""

    async def several(self, ids: Collection[str]) -> Mapping[str, Conflict]:
        """Return the conflicts there are, by id."""

    async def acknowledge(self, conflict_id: str, by: str, now: datetime) -> None:
        """Write down who has seen it first."""


class RefusedStore(Protocol):
    """Documents that could not be taken; each until it can be, or is gone."""

    async def put(self, refused: RefusedReference) -> None:
        """Keep why, in the place of what was kept of it before but for its first instant."""

    async def forget(self, refused_id: str) -> None:
        """Forget it, if it is kept."""

    async def between(self, since: datetime, until: datetime) -> Sequence[tuple[datetime, str]]:
        """Return first instants and ids, in any order, of those first seen from `since` to before `until`."""

    async def several(self, ids: Collection[str]) -> Mapping[str, RefusedReference]:
        """Return those there are, by id."""


class PositionStore(Protocol):
    """How far the main system has been followed."""

    async def get(self) -> Position:
        """Return the position, NO_POSITION at first."""

    async def put(self, position: Position) -> None:
        """Keep it."""
