"""Sending: a notice is claimed before WeChat is asked, and goes on waiting only when it was not sent for certain."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.common.clock import Clock, IdSource
from services.common.errors import DatabaseUnavailable
from services.notifications.errors import SendFailed, SendOutcome, Unrenderable
from services.notifications.model import AcceptFate, Attempt, Claim, Notice, NoticeKind, NoticeState, Settlement
from services.notifications.pacing import Pace
from services.notifications.ports import Addresses, NoticeStore, Sender, VenueNames, VisitStanding, Watch
from services.notifications.rules import HOLD, Chance
from services.notifications.templates import Template, page_of, render
from services.notifications.windows import MOST, Window

DEFECT_REST = timedelta(minutes=10)
DEFECT = "defect"
NO_ADDRESS = "citizen_unknown"
ENDS: Mapping[SendOutcome, tuple[NoticeState, AcceptFate]] = {
    SendOutcome.REFUSED: (NoticeState.REFUSED, AcceptFate.CLEARED),
    SendOutcome.FAILED: (NoticeState.FAILED, AcceptFate.GIVEN_BACK),
    SendOutcome.UNCERTAIN: (NoticeState.UNCERTAIN, AcceptFate.USED),
}


@dataclass(frozen=True, kw_only=True)
class SendingParts:
    """What sending works with; kinds without a template are not sent."""

    notices: NoticeStore
    addresses: Addresses
    venues: VenueNames
    visits: VisitStanding
    sender: Sender
    templates: Mapping[NoticeKind, Template]
    watch: Watch
    clock: Clock
    ids: IdSource
    chance: Chance


@dataclass(frozen=True, kw_only=True)
class _Message:
    address: str
    template_id: str
    fields: Mapping[str, str]


class NoticeSending:
    """Sends what is due. Several processes at it do no harm: a notice is held by whoever tries it."""

    def __init__(self, parts: SendingParts) -> None:
        self._parts = parts
        self._pace = Pace(parts.chance)
        self._paces = {kind: Pace(parts.chance) for kind in NoticeKind}
        self._window = Window(parts.clock.now())
        self._found: deque[Notice] = deque()
        # What is known of attempts, and could not be written while the database was away.
        self._unwritten: deque[tuple[Attempt, Settlement]] = deque()

    async def work_once(self) -> bool:
        """Send some of what is due; tell whether there may be more."""
        while self._unwritten:
            await self._parts.notices.settle(*self._unwritten[0])
            self._unwritten.popleft()
        now = self._parts.clock.now()
        width = self._pace.width(now)
        if width == 0:
            self._found.clear()  # stale by the end of the rest
            return False
        if not self._found and not await self._look(now):
            return False
        batch = [self._found.popleft() for _ in range(min(width, len(self._found)))]
        results = await asyncio.gather(*(self._take(one) for one in batch), return_exceptions=True)
        for failure in results:
            if failure is not None:
                raise failure
        return True

    async def _look(self, now: datetime) -> bool:
        since, until = self._window.stretch(now)
        try:
            found = list(await self._parts.notices.due(since, until, MOST))
        except DatabaseUnavailable:
            self._window.narrow()
            raise
        # In another order than other processes have, which else would want the same ones in the same moments.
        found.sort(key=lambda _: self._parts.chance())
        self._found.extend(found)
        return self._window.looked(until, len(found), now) or bool(found)

    async def _take(self, notice: Notice) -> None:
        try:
            message = await self._prepare(notice)
            if message is not None and await self._claim(attempt := self._attempt(notice)):
                await self._settle(attempt, await self._send(attempt, message))
        except DatabaseUnavailable:
            raise
        except Exception as error:  # else it would be tried again every second, without a rest and without an end
            self._parts.watch.defect(error)
            await self._parts.notices.put_off(notice, self._parts.clock.now() + DEFECT_REST)

    def _attempt(self, notice: Notice) -> Attempt:
        return Attempt(id=self._parts.ids.new("nta"), notice=notice)

    async def _prepare(self, notice: Notice) -> _Message | None:
        """Return the message; None where it is not to be sent, or not now."""
        parts, now = self._parts, self._parts.clock.now()
        template, rest = parts.templates.get(notice.kind), self._paces[notice.kind].rests(now)
        if notice.expires_at <= now:
            await self._end(notice, NoticeState.EXPIRED)
        elif template is None:
            await self._end(notice, NoticeState.NO_TEMPLATE)
        elif rest is not None:
            await parts.notices.put_off(notice, rest)
        elif not await self._stands(notice):
            await self._end(notice, NoticeState.WITHDRAWN)
        else:
            return await self._message(notice, template)
        return None

    async def _stands(self, notice: Notice) -> bool:
        if notice.kind is not NoticeKind.VISIT_REMINDER:
            return True
        return await self._parts.visits.still_holds(notice.subject_id, notice.citizen_id)

    async def _message(self, notice: Notice, template: Template) -> _Message | None:
        try:
            fields = render(notice, template, await self._parts.venues.find(notice.venue_id))
        except Unrenderable as error:
            await self._end(notice, NoticeState.FAILED, error.code)
            return None
        address = await self._parts.addresses.find(notice.citizen_id)
        if address is None:
            await self._end(notice, NoticeState.FAILED, NO_ADDRESS)
            return None
        return _Message(address=address, template_id=template.id, fields=fields)

    async def _end(self, notice: Notice, state: NoticeState, code: str | None = None) -> None:
        if await self._parts.notices.end(notice, state, self._parts.clock.now(), code):
            self._parts.watch.ended(notice.kind, state, code)

    async def _claim(self, attempt: Attempt) -> bool:
        now = self._parts.clock.now()
        try:
            claim = await self._parts.notices.claim(attempt, now + HOLD)
        except DatabaseUnavailable:
            # Perhaps it is held by now. As nothing was sent for certain, it may go on waiting.
            self._unwritten.append((attempt, _later(now, now, None)))
            raise
        if claim is Claim.NO_ACCEPT:
            await self._end(attempt.notice, NoticeState.NO_ACCEPT)
        return claim is Claim.CLAIMED

    async def _send(self, attempt: Attempt, message: _Message) -> Settlement:
        notice = attempt.notice
        try:
            await self._parts.sender.send(message.address, message.template_id, message.fields, page_of(notice))
        except SendFailed as failure:
            return self._failed(notice, failure)
        except Exception as error:  # how far it got is not known
            self._parts.watch.defect(error)
            return self._failed(notice, SendFailed(SendOutcome.UNCERTAIN, DEFECT))
        self._good(notice.kind)
        return Settlement(state=NoticeState.SENT, accept=AcceptFate.USED, at=self._parts.clock.now())

    def _failed(self, notice: Notice, failure: SendFailed) -> Settlement:
        now = self._parts.clock.now()
        if failure.outcome is SendOutcome.LATER:
            return _later(now, self._pace.bad(now, failure.backoff), failure.code)
        if failure.outcome is SendOutcome.KIND_LATER:
            return _later(now, self._paces[notice.kind].bad(now, failure.backoff), failure.code)
        if failure.outcome is SendOutcome.UNCERTAIN:  # silence is no good sign for the next one
            self._pace.bad(now, failure.backoff)
        else:
            self._good(notice.kind)
        state, accept = ENDS[failure.outcome]
        return Settlement(state=state, accept=accept, at=now, code=failure.code)

    def _good(self, kind: NoticeKind) -> None:
        self._pace.good()
        self._paces[kind].good()

    async def _settle(self, attempt: Attempt, settlement: Settlement) -> None:
        watch, code = self._parts.watch, settlement.code
        if settlement.state is NoticeState.WAITING:
            watch.put_off(code or "")
        else:
            watch.ended(attempt.notice.kind, settlement.state, code)
        try:
            await self._parts.notices.settle(attempt, settlement)
        except DatabaseUnavailable:
            self._unwritten.append((attempt, settlement))
            raise


def _later(now: datetime, due_at: datetime, code: str | None) -> Settlement:
    return Settlement(
        state=NoticeState.WAITING, accept=AcceptFate.GIVEN_BACK, at=now, due_at=max(due_at, now), code=code
    )
