"""Submitting: a phone's visit becomes a check-in exactly once, however often it is sent."""

from datetime import date, datetime

from services.common.clock import Clock, IdSource, city_day
from services.common.protection import KeyedDigest
from services.identity.model import Actor
from services.patrols.checkins.deciding import Received, decide
from services.patrols.checkins.errors import SubmissionContradicts
from services.patrols.checkins.gathering import Gathering
from services.patrols.checkins.model import Submission
from services.patrols.checkins.ports import DraftBin, PhotoReads
from services.patrols.checkins.repeats import Repeats, Submitted
from services.patrols.checkins.rules_submission import content_of, ensure_usable
from services.patrols.checkins.rules_times import visit_times
from services.patrols.checklists.model import Outcome, Release
from services.patrols.checklists.rules import evaluate
from services.patrols.model import Draft
from services.patrols.recording import Recording


class Submitting:
    """Takes submissions."""

    def __init__(
        self,
        *,
        recording: Recording,
        repeats: Repeats,
        gathering: Gathering,
        photos: PhotoReads,
        drafts: DraftBin,
        digest: KeyedDigest,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._recording = recording
        self._repeats = repeats
        self._gathering = gathering
        self._photos = photos
        self._drafts = drafts
        self._digest = digest
        self._clock = clock
        self._ids = ids

    async def submit(self, actor: Actor, said: Submission) -> Submitted:
        """Record a visit, or return what was recorded of it before.

        Raises SubmissionInvalid, AnswersInvalid, SubmissionContradicts once the other content is kept, and what
        `Recording.settle` raises.
        """
        ensure_usable(said)
        received_at = self._clock.now()
        fingerprint = self._digest.of("submission", content_of(said))

        async def work() -> Draft[Submitted]:
            known = await self._repeats.known(actor, said)
            if known is None:
                return await self._new(actor, said, received_at, fingerprint)
            return await self._repeats.draft(actor, known, said, fingerprint, received_at)

        submitted = await self._recording.settle(work)
        if submitted.contradicts:
            raise SubmissionContradicts(submitted.check_in.id)
        await self._drafts.discard(actor.id, said.submission_id)
        return submitted

    async def _new(self, actor: Actor, said: Submission, received_at: datetime, fingerprint: str) -> Draft[Submitted]:
        times = visit_times(said, received_at)
        world = await self._gathering.world(actor, said, times.captured_at)
        outcome = outcome_of(world.release, said, city_day(times.captured_at))
        failed = () if outcome is None else outcome.failed
        past = await self._gathering.past(world.site.id, said.template_id, failed, received_at)
        received = Received(
            said=said, inspector_id=actor.id, received_at=received_at, times=times, fingerprint=fingerprint
        )
        draft = decide(received, world, outcome, past, self._ids)
        # Before it is written: a photo that a record names must never look like one that nobody wants.
        await self._photos.want(draft.answer.photos)
        return Draft(records=draft.records, events=draft.events, answer=Submitted(check_in=draft.answer))


def outcome_of(release: Release, said: Submission, visited_on: date) -> Outcome | None:
    """Return what the answers come to, None where only findings were re-inspected; raises AnswersInvalid."""
    if said.reinspections and not said.answers:
        return None
    return evaluate(release, said.answers, visited_on)
