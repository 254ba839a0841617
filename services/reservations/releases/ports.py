"""What releases need from outside."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Protocol

from services.common.model import IdempotentRequest
from services.notifications.model import NoticeCall
from services.reservations.releases.model import DrawRequest, Entry, Paper, Release, ReleaseState


class ReleaseStore(Protocol):
    """Releases, and their papers."""

    async def add(self, release: Release, request: IdempotentRequest | None) -> Release:
        """Keep a new release and its gates; return it, or what the request made before.

        Raises ReleaseExists, IdempotencyKeyReused.
        """

    async def find(self, release_id: str) -> Release | None:
        """Return the release, if there is one."""

    async def of_venue(self, venue_id: str, before: date, most: int) -> Sequence[Release]:
        """Return a venue's releases for days before `before`, the latest day first."""

    async def in_state(self, state: ReleaseState, since: date = date.min) -> Sequence[Release]:
        """Return all releases in a state, for days from `since` on."""

    async def claim(self, release: Release) -> bool:
        """Keep the release as it is now, its version being the next one; False when somebody was quicker."""

    async def put_paper(self, release_id: str, text: str) -> Paper:
        """Keep a text under its own digest; the same again changes nothing."""

    def pieces(self, release_id: str, paper: Paper) -> AsyncIterator[str]:
        """Return the pieces of a text in their order."""

    async def drop_other_papers(self, release: Release) -> None:
        """Delete the texts that this release does not name: others that wrote at once, and were not quick enough."""


class RequestStore(Protocol):
    """Requests, and the gates that they pass."""

    async def add(self, request: DrawRequest, repeat: IdempotentRequest | None) -> DrawRequest:
        """Keep a request while its gate is open; return it, or the one that the same repeatable request made.

        Raises RequestsClosed, AlreadyRequested, DocumentRequested, IdempotencyKeyReused.
        """

    async def first_answer(
        self, release_id: str, request_id: str, repeat: IdempotentRequest | None
    ) -> DrawRequest | None:
        """Return the account's request, if this repeatable request made it; raises IdempotencyKeyReused."""

    async def find(self, release_id: str, request_id: str) -> DrawRequest | None:
        """Return the request, if there is one."""

    async def remove(self, request: DrawRequest) -> bool:
        """Forget a request while its gate is open; False when it is not there. Raises RequestsClosed."""

    async def shut_gates(self, release_id: str) -> None:
        """Let nothing come or go any more: what was acknowledged is there when this returns, and nothing is after."""

    async def entries(self, release_id: str) -> Sequence[Entry]:
        """Return all requests as the pool shows them, in any order."""

    async def with_tickets(self, release_id: str, tickets: Sequence[str]) -> Sequence[DrawRequest]:
        """Return the requests with these tickets, in any order."""

    async def claim_outcomes(self, requests: Sequence[DrawRequest], calls: Sequence[NoticeCall]) -> bool:
        """Keep what became of pending requests, and tell it, all or nothing; False when one is not pending any more.

        Who the visitors are is not kept beyond this.
        """

    async def forfeited(self, release_id: str) -> Sequence[tuple[str, str]]:
        """Return the tickets whose places could not be booked, each with the code of the reason, in order."""


class Checkpoints(Protocol):
    """The checkpoints of a log, numbered from 1 without a gap."""

    async def last_number(self) -> int:
        """Return the number of the last one, 0 when there is none."""

    async def find_growth(self, number: int) -> str | None:
        """Return the signed note of the first one after `number` that has more leaves, if there is one."""
