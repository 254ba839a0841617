"""What the office does about a finding: notice, link, deadline, withdrawal."""

from dataclasses import dataclass, replace
from datetime import date

from services.common.clock import Clock, IdSource, city_day
from services.common.model import IdempotentRequest
from services.identity.model import Actor
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
    stands,
    withdraw,
)
from services.patrols.findings.telling import Teller
from services.patrols.model import Draft, PatrolEvent, Versioned
from services.patrols.recording import Recording
from services.patrols.sites.ports import StatusStore


@dataclass(frozen=True, kw_only=True)
class Extend:
    """Another deadline is wanted."""

    actor: Actor
    finding_id: str
    due_on: date
    reason: ExtensionReason


class FindingManaging:
    """Changes findings within the actor's scope; every method raises FindingUnknown and FindingOver."""

    def __init__(
        self,
        *,
        reading: FindingReading,
        store: FindingStore,
        statuses: StatusStore,
        links: Links,
        recording: Recording,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._reading = reading
        self._store = store
        self._statuses = statuses
        self._links = links
        self._recording = recording
        self._clock = clock
        self._ids = ids

    async def dispatch(self, actor: Actor, finding_id: str, request: IdempotentRequest | None) -> Finding:
        """Issue the notice; raises FindingNotConfirmed, FindingDispatched, IdempotencyKeyReused."""
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
            draft = self._draft(changed, self._teller(actor).dispatched(changed), counter)
            return replace(draft, repeat=request, answer_id=finding_id)

        return await self._recording.settle(decide, repeat=request, read=lambda one: self._reading.get(actor, one))

    async def relink(self, actor: Actor, finding_id: str) -> Finding:
        """Make another link, which makes the old one open nothing; raises NoticeMissing."""
        link: Link = await self._links.new()

        async def decide() -> Draft[Finding]:
            finding = await self._reading.get(actor, finding_id)
            changed = relink(finding, link_digest=link.digest, sealed_link=link.sealed)
            return self._draft(changed, self._teller(actor).dispatched(changed))

        return await self._recording.settle(decide)

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

        return await self._recording.settle(decide)

    async def withdraw(self, actor: Actor, finding_id: str, reason: Withdrawal) -> Finding:
        """Take it back; raises SecondPersonNeeded for who found it."""

        async def decide() -> Draft[Finding]:
            finding = await self._reading.get(actor, finding_id)
            ensure_second_person(finding, actor.id)
            changed = withdraw(finding, reason=reason, by=actor.id, now=self._clock.now())
            more = await self._one_less(finding) if stands(finding) else ()
            return self._draft(changed, self._teller(actor).withdrawn(changed), *more)

        return await self._recording.settle(decide)

    async def _one_less(self, finding: Finding) -> tuple[Versioned, ...]:
        status = (await self._statuses.statuses([finding.site_id])).get(finding.site_id)
        if status is None:
            return ()
        fewer = max(0, status.open_findings - 1)
        return (replace(status, open_findings=fewer, version=status.version + 1),)

    async def _next_counter(self, counter_id: str) -> NoticeCounter:
        present = await self._store.counter(counter_id)
        if present is None:
            return NoticeCounter(id=counter_id, issued=1, version=1)
        return replace(present, issued=present.issued + 1, version=present.version + 1)

    def _teller(self, actor: Actor) -> Teller:
        return Teller(ids=self._ids, told_by=actor.id, at=self._clock.now())

    def _draft(self, finding: Finding, event: PatrolEvent, *more: Versioned) -> Draft[Finding]:
        return Draft(records=(finding, *more), events=(event,), answer=finding)
