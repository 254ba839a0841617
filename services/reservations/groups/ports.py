"""What groups need from outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.common.model import IdempotentRequest
from services.notifications.model import NoticeCall
from services.reservations.groups.model import Application, ApplicationStatus
from services.reservations.model import ProtectedVisitor, Reservation
from services.tables.model import Head
from services.tables.rows import TableRows


class ApplicationStore(Protocol):
    """Applications and the rosters that belong to them."""

    async def first_answer(self, request: IdempotentRequest | None) -> str | None:
        """Return the id of the application that the request made, if it did; raises IdempotencyKeyReused."""

    async def add(self, application: Application, request: IdempotentRequest | None) -> bool:
        """Keep an application; False when the request was answered before."""

    async def find(self, application_id: str) -> Application | None:
        """Return the application."""

    async def own_between(self, citizen_id: str, since: str, until: str) -> Sequence[Application]:
        """Return a leader's applications with since <= id < until, in any order."""

    async def of_venue_between(
        self, venue_id: str, status: ApplicationStatus | None, since: str, until: str
    ) -> Sequence[Application]:
        """Return a venue's applications with since <= id < until, in any order; None means any status."""

    async def count_open(self, citizen_id: str) -> int:
        """Return how many of a leader's applications are not decided."""

    async def all_open(self) -> Sequence[Application]:
        """Return all applications that are not decided."""

    async def all_approved(self, since: datetime) -> Sequence[Application]:
        """Return all approved applications for slots that end at `since` or later."""

    async def claim(self, before: Application, after: Application, calls: Sequence[NoticeCall] = ()) -> bool:
        """Make `after` of `before`, with its notices, in one transaction; False when it has another version by now.

        With an application that ends, its roster goes; that of one that is moved is kept for as long as it is.
        """

    async def put_roster(self, application: Application, visitors: Sequence[ProtectedVisitor], at: datetime) -> bool:
        """Keep a roster in place of the former one; False when the application has ended meanwhile."""

    async def find_roster(self, application_id: str) -> Sequence[ProtectedVisitor] | None:
        """Return who was named, in the order of the table; None when nobody was."""


class Parties(Protocol):
    """Where reservations are found by their ids alone."""

    async def several(self, ids: Sequence[str]) -> Sequence[Reservation]:
        """Return those that there are, in any order; at most a hundred."""


class Entries(Protocol):
    """What the gates know."""

    async def admitted_count(self, reservation: Reservation) -> int:
        """Return how many of a party have entered."""


class RosterTables(Protocol):
    """Whoever reads and writes tables without holding up this process."""

    async def read_roster(self, file: bytes, form: str, most: int) -> TableRows:
        """Read names, `xlsx` or `csv`; raises TableUnreadable, TableRefused, TooBusy or TablesUnavailable."""

    async def write_sheet(self, title: str, heads: Sequence[Head], pieces: Sequence[bytes]) -> bytes:
        """Write a table; raises TooBusy or TablesUnavailable."""
