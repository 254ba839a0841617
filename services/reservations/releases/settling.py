"""What was drawn becomes bookings, and who drew nothing is told; then all can book what is left."""

from collections.abc import Sequence
from dataclasses import replace

from services.common.aside import aside
from services.common.clock import Clock
from services.notifications.model import NO, Fact, NoticeCall, NoticeKind
from services.reservations.releases.drawing import read_result
from services.reservations.releases.holding import read_paper
from services.reservations.releases.marking import Marking
from services.reservations.releases.model import (
    Drawn,
    DrawRequest,
    Lot,
    Release,
    ReleaseState,
    RequestState,
    Settled,
)
from services.reservations.releases.ports import ReleaseStore, RequestStore
from services.reservations.releases.rules import day_starts_at
from services.reservations.releases.winning import Winning

# What one transaction marks, and what the desk is asked for at once.
LOTS_AT_ONCE = 100


class Settling:
    """Goes through the lots in the order of the draw, some at a time.

    A winner's reservation has an id that follows from the request: whoever books it again finds it booked. A request
    is marked while it is pending and not again, and the notices of losers are written with the mark. So it does no
    harm to do a stretch twice, and the cursor moves on when all of a stretch has its mark.
    """

    def __init__(
        self,
        *,
        releases: ReleaseStore,
        requests: RequestStore,
        marking: Marking,
        winning: Winning,
        clock: Clock,
    ) -> None:
        self._releases = releases
        self._requests = requests
        self._marking = marking
        self._winning = winning
        self._clock = clock

    async def settle(self, release: Release) -> bool:
        """Settle a release that was drawn; False when it was not, or somebody else was quicker in the end."""
        drawn = release.drawn
        if drawn is None:
            return False
        text = await read_paper(self._releases, release.id, drawn.result)
        lots = await aside(drawn.won + drawn.lost, lambda: read_result(text))
        present = release
        while present.cursor < len(lots):
            await self._settle_some(present, drawn, lots[present.cursor : present.cursor + LOTS_AT_ONCE])
            onward = min(present.cursor + LOTS_AT_ONCE, len(lots))
            present = replace(present, cursor=onward, version=present.version + 1)
            if not await self._releases.claim(present):
                return False
        return await self._finish(present)

    async def _finish(self, release: Release) -> bool:
        settled = Settled(
            forfeited=tuple(await self._requests.forfeited(release.id)), settled_at=self._clock.now()
        )  # fmt: skip
        changed = replace(release, state=ReleaseState.SETTLED, settled=settled, version=release.version + 1)
        # The state first: whoever marks slots looks at it afterwards, and opens what it marked too late.
        won = await self._releases.claim(changed)
        await self._marking.reopen(release)
        await self._releases.drop_other_papers(changed)
        return won

    async def _settle_some(self, release: Release, drawn: Drawn, lots: Sequence[Lot]) -> None:
        """Book and mark what a stretch of lots came to; raises Unavailable when some of it must be done again."""
        found = await self._requests.with_tickets(release.id, [one.ticket for one in lots])
        pending = {one.ticket: one for one in found if one.state is RequestState.PENDING}
        slots = {one.id: one for one in await self._marking.of_day(release.venue_id, release.visit_on)}
        winners = [(pending[one.ticket], one.slot_id) for one in lots if one.slot_id and one.ticket in pending]
        losers = [pending[one.ticket] for one in lots if one.slot_id is None and one.ticket in pending]
        outcomes = await self._winning.book(winners, slots, drawn)
        outcomes += [replace(one, state=RequestState.LOST) for one in losers]
        calls = [_not_drawn(one, release) for one in outcomes if one.state is not RequestState.WON]
        if outcomes and not await self._requests.claim_outcomes(outcomes, calls):
            await self._settle_some(release, drawn, lots)  # somebody else has marked some of them


def _not_drawn(request: DrawRequest, release: Release) -> NoticeCall:
    visit = day_starts_at(release.visit_on)
    return NoticeCall(
        kind=NoticeKind.DRAW_RESULT,
        subject_id=request.id,
        citizen_id=request.citizen_id,
        venue_id=request.venue_id,
        facts={
            Fact.STARTS_AT: visit.isoformat(),
            Fact.PARTY_SIZE: str(request.party_size),
            Fact.OUTCOME: NO,
        },
        due_at=None,
        expires_at=visit,
    )
