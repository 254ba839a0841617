"""What the office does about a finding: notice, link, deadline, withdrawal."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date

from services.common.clock import Clock, IdSource, city_day
from services.common.model import IdempotentRequest
from services.identity.model import Actor
from services.patrols.findings.ending import Endings
from services.patrols.findings.links import Link, Links
from services.patrols.findings.model import (
    Extension,
    ExtensionReason,
    Finding,
    Notice,
    NoticeCounter,
    Withdrawal,
)
from services.patrols.findings.ports import FindingStore
from services.patrols.findings.reading import FindingReading
from services.patrols.findings.rules import (
    dispatch,
    ensure_confirmed,
    ensure_second_person,
    extend,
    relink,
    withdraw,
)
from services.patrols.findings.telling import Teller
from services.patrols.model import Draft, PatrolEvent, Versioned
from services.patrols.recording import Recording


@dataclass(frozen=True, kw_only=True)
class Extend:
    """Another deadline is wanted."""

    actor: Actor
    finding_id: str
    due_on: date
    reason: ExtensionReason
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class Withdraw:
    """A finding is to be taken back."""

    actor: Actor
    finding_id: str
    reason: Withdrawal
    request: IdempotentRequest | None


class FindingManaging:
    """Changes findings within the actor's scope.

    Every method raises FindingUnknown, FindingOver, and IdempotencyKeyReused where it takes a request.
    """

    def __init__(
        self,
        *,
        reading: FindingReading,
        store: FindingStore,
        endings: Endings,
        links: Links,
        recording: Recording,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._reading = reading
        self._store = store
        self._endings = endings
        self._links = links
        self._recording = recording
        self._clock = clock
        self._ids = ids

    async def dispatch(self, actor: Actor, finding_id: str, request: IdempotentRequest | None) -> Finding:
        """Issue the notice; raises FindingNotConfirmed, FindingDispatched."""
        link = await self._links.new()

        async def decide() -> Draft[Finding]:
            finding = await self._reading.get(actor, finding_id)
            ensure_confirmed(finding)
            now = self._clock.now()
            year = city_day(now).year
            counter = await self._next_counter(f"{finding.district_id}-{year}")
            notice = Notice(
                number=f"{counter.id}-{counter.issued:05}",
                issued_at=now,
                issued_by=actor.id,
                link_digest=link.digest,
                sealed_link=link.sealed,
            )
            changed = dispatch(finding, notice)
            return self._draft(changed, self._teller(actor).dispatched(changed), counter)

        return await self._settled(actor, decide, request)

    async def relink(self, actor: Actor, finding_id: str, request: IdempotentRequest | None) -> Finding:
        """Make another link, which makes the old one open nothing; raises NoticeMissing."""
        link: Link = await self._links.new()

        async def decide() -> Draft[Finding]:
            finding = await self._reading.get(actor, finding_id)
            changed = relink(finding, link_digest=link.digest, sealed_link=link.sealed)
            return self._draft(changed, self._teller(actor).dispatched(changed))

        return await self._settled(actor, decide, request)

    async def extend(self, command: Extend) -> Finding:
        """Put the deadline off; raises FindingNotConfirmed, ExtensionRefused, ExtensionsUsedUp."""

        async def decide() -> Draft[Finding]:
            finding = await self._reading.get(command.actor, command.finding_id)
            ensure_confirmed(finding)
            now = self._clock.now()
            extension = Extension(
                from_on=finding.due_on or city_day(now),
                to_on=command.due_on,
                reason=command.reason,
                extended_at=now,
                extended_by=command.actor.id,
            )
            changed = extend(finding, extension)
            return self._draft(changed, self._teller(command.actor).extended(changed, extension))

        return await self._settled(command.actor, decide, command.request)

    async def withdraw(self, command: Withdraw) -> Finding:
        """Take it back, and call its open tasks off; raises SecondPersonNeeded for who found it."""
        actor = command.actor

        async def decide() -> Draft[Finding]:
            finding = await self._reading.get(actor, command.finding_id)
            ensure_second_person(finding, actor.id)
            changed = withdraw(finding, reason=command.reason, by=actor.id, now=self._clock.now())
            teller = self._teller(actor)
            more = await self._endings.of(finding, teller)
            draft = self._draft(changed, teller.withdrawn(changed), *more.records)
            return replace(draft, events=(*draft.events, *more.events))

        return await self._settled(actor, decide, command.request)

    async def _settled(
        self, actor: Actor, decide: Callable[[], Awaitable[Draft[Finding]]], request: IdempotentRequest | None
    ) -> Finding:
        """Return the finding as it was decided, or as it is by now where the request was answered before."""

        async def repeatable() -> Draft[Finding]:
            draft = await decide()
            return replace(draft, repeat=request, answer_id=draft.answer.id)

        return await self._recording.settle(
            repeatable, repeat=request, read=lambda finding_id: self._reading.get(actor, finding_id)
        )

    async def _next_counter(self, counter_id: str) -> NoticeCounter:
        present = await self._store.counter(counter_id)
        if present is None:
            return NoticeCounter(id=counter_id, issued=1, version=1)
        return replace(present, issued=present.issued + 1, version=present.version + 1)

    def _teller(self, actor: Actor) -> Teller:
        return Teller(ids=self._ids, told_by=actor.id, at=self._clock.now())

    def _draft(self, finding: Finding, event: PatrolEvent, *more: Versioned) -> Draft[Finding]:
        return Draft(records=(finding, *more), events=(event,), answer=finding)
