"""What no-shows need from outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.reservations.model import Reservation, Slot
from services.reservations.no_shows.model import Amnesty, NoShow, Pass


class NoShowStore(Protocol):
    """Strikes as they are kept."""

    async def add(self, strikes: Sequence[NoShow]) -> None:
        """Keep those whose reservation has none yet.

        All strikes of an account in a ledger are kept as long as its latest: what is used up stays used up.
        """

    async def of_citizens(self, citizen_ids: Collection[str]) -> Mapping[str, Sequence[NoShow]]:
        """Return all strikes of these accounts in one question, at most IDS_AT_ONCE accounts; nothing for most."""

    async def find(self, no_show_id: str) -> NoShow | None:
        """Return the strike of this public id."""

    async def claim(self, before: NoShow, after: NoShow) -> bool:
        """Keep what became of a strike; False when it is in another state than `before` by now."""

    async def appeals_at(self, venue_id: str) -> Sequence[NoShow]:
        """Return the strikes at a venue whose appeals are not decided."""

    async def starting_between(self, venue_id: str, since: datetime, until: datetime) -> Sequence[NoShow]:
        """Return the strikes for visits at a venue with since <= starts_at < until."""


class AmnestyStore(Protocol):
    """Amnesties, and which of them still have strikes to pardon."""

    async def claim(self, amnesty: Amnesty) -> Amnesty:
        """Keep an amnesty that is to be applied; return it, or the one of its id that was there first."""

    async def at(self, venue_id: str) -> Sequence[Amnesty]:
        """Return the amnesties of a venue."""

    async def to_apply(self) -> Sequence[Amnesty]:
        """Return those that nobody has applied."""

    async def mark_applied(self, amnesty_id: str) -> None:
        """Note that the strikes there were are pardoned."""


class MarkStore(Protocol):
    """How far each venue's slots are judged."""

    async def all(self) -> Mapping[str, datetime]:
        """Return by venue the instant before whose slots, by their start, all are judged."""

    async def begin(self, venue_id: str, through: datetime) -> None:
        """Begin at `through`, unless somebody has begun."""

    async def advance(self, venue_id: str, since: datetime, through: datetime) -> bool:
        """Go on from `since` to `through`; False when another is further by now."""


class VisitRecords(Protocol):
    """What happened to reservations, by their ids."""

    async def booked_in(self, slot: Slot) -> Sequence[str]:
        """Return all who ever got places in the slot, also such as gave them back."""

    async def passes(self, reservation_ids: Collection[str]) -> Mapping[str, Pass]:
        """Return what the gate knows; nothing for a party that neither came nor cancelled."""

    async def reservations(self, reservation_ids: Collection[str]) -> Sequence[Reservation]:
        """Return the reservations."""


class GateUse(Protocol):
    """Whether codes are looked at where somebody is said not to have come."""

    async def was_used(self, venue_id: str, since: datetime, until: datetime) -> bool:
        """Tell whether anybody showed a code at the venue's gates in that time, whatever the answer was."""
