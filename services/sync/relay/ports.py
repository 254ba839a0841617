"""What the relay needs from outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.sync.model import OutboxEvent, RecordKind, RecordRef
from services.sync.records import RecordSource
from services.sync.relay.model import Bearing, DeadLetter, DeadReason, Parcel, Progress


class Feed(Protocol):
    """Where parcels come from: the outbox, or what lower instances delivered here. Raises DatabaseUnavailable."""

    @property
    def sources(self) -> Mapping[RecordKind, RecordSource]:
        """Return where the records that its parcels name are read."""

    async def ping(self) -> None:
        """Ask the database that the parcels are in, which is our own, for a trifle."""

    async def oldest(self, wanted: int) -> Sequence[Parcel]:
        """Return the oldest parcels, until they name `wanted` records or there are no more."""

    async def untold(self, wanted: int) -> Sequence[Parcel]:
        """Return the oldest parcels whose events were not told yet."""

    async def note_told(self, parcels: Sequence[Parcel]) -> None:
        """Remember that their events were told."""

    async def done(self, parcels: Sequence[Parcel]) -> None:
        """Let go of parcels that were delivered."""


class Telling(Protocol):
    """Where events go besides the main system. Telling the same event again changes nothing."""

    async def tell(self, events: Sequence[OutboxEvent]) -> None:
        """Note for every platform that wants an event that it is to be sent."""


class DeadLetters(Protocol):
    """What could not be delivered."""

    async def keep(self, letters: Sequence[DeadLetter]) -> None:
        """Keep the letters; one that is kept already keeps its `since`."""

    async def forget(self, refs: Collection[RecordRef]) -> None:
        """Forget letters about records that were delivered after all."""

    async def any(self) -> bool:
        """Tell whether there are any, as the database estimates; after a crash of it that may be wrong for a while."""

    async def count(self) -> Mapping[RecordKind, int]:
        """Return how many there are of each kind."""


class DeadLetterList(Protocol):
    """The same, for whoever looks at them."""

    async def page(
        self, kind: RecordKind | None, limit: int, before: tuple[datetime, str] | None
    ) -> Sequence[DeadLetter]:
        """Return up to `limit` letters, of a kind or of all, newest first; those before an instant and id, if given."""

    async def refs(self, kind: RecordKind | None) -> Sequence[RecordRef]:
        """Return what all letters are about, of a kind or of all."""

    async def count_by_reason(self) -> Mapping[tuple[RecordKind, DeadReason], int]:
        """Return how many there are of each kind and reason."""

    async def refs_of(self, ids: Collection[str]) -> Sequence[RecordRef]:
        """Return what these letters are about, as far as there are such."""


class Waiting(Protocol):
    """What waits to be told. All methods raise DatabaseUnavailable."""

    @property
    def read_from(self) -> datetime:
        """Return an instant before which nothing waits."""

    async def backlog(self) -> int:
        """Return about how many parcels wait."""

    async def oldest_at(self) -> datetime | None:
        """Return when the oldest was made, None when none waits."""


class Wishes(Protocol):
    """Records that are to be delivered again."""

    async def add(self, parcels: Sequence[Parcel]) -> None:
        """Let the parcels wait with what happens."""


class Leases(Protocol):
    """Who leads, in the database."""

    async def read(self, name: str) -> Bearing | None:
        """Return who leads, None when nobody ever did."""

    async def claim(self, name: str, holder: str, seen: Bearing | None) -> bool:
        """Become the leader if everything is as it was seen; `fence` grows by one."""

    async def beat(self, name: str, holder: str, fence: int) -> bool:
        """Give a sign of life; False for who does not lead any more."""

    async def release(self, name: str, holder: str, fence: int) -> None:
        """Let others lead at once."""


class Standings(Protocol):
    """How the relay stands, for whoever asks."""

    async def say(self, progress: Progress) -> None:
        """Keep what the leader says."""

    async def find(self) -> Progress | None:
        """Return what the leader said last, None when there never was one."""


class Watch(Protocol):
    """Who hears of what an operator should know."""

    def target_away(self, reason: str) -> None:
        """Hear that the main system stopped answering."""

    def target_back(self) -> None:
        """Hear that it answers again."""

    def died(self, letters: Sequence[DeadLetter]) -> None:
        """Hear of records that cannot be delivered."""

    def defect(self, ref: RecordRef, error: Exception) -> None:
        """Hear that reading a record met a defect."""

    def late(self, lag_s: float) -> None:
        """Hear that the oldest parcel waits longer than it should."""
