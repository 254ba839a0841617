"""What a submission comes to that came before: the same is known, another content is kept beside the first."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.common.clock import IdSource
from services.common.protection import FieldCipher
from services.identity.model import Actor
from services.patrols.checkins.errors import CheckInUnknown
from services.patrols.checkins.model import CheckIn, Contradiction, KnownSubmission, Submission
from services.patrols.checkins.ports import CheckInStore
from services.patrols.checkins.rules_submission import content_of, submission_key
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind

# More contents under one id are no offline work any more.
MOST_CONTRADICTIONS = 20


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """What a submission came to: `known` where it was there before, `contradicts` where with another content."""

    check_in: CheckIn
    known: bool = False
    contradicts: bool = False


class Repeats:
    """Recognises submissions."""

    def __init__(self, *, store: CheckInStore, cipher: FieldCipher, ids: IdSource) -> None:
        self._store = store
        self._cipher = cipher
        self._ids = ids

    async def known(self, actor: Actor, said: Submission) -> KnownSubmission | None:
        """Return what became of the submission, None where it is new."""
        return await self._store.known(submission_key(actor.id, said.submission_id))

    async def draft(
        self, actor: Actor, known: KnownSubmission, said: Submission, fingerprint: str, now: datetime
    ) -> Draft[Submitted]:
        """Return what is to be written: nothing, or the other content with its event."""
        check_in = await self._store.find(known.check_in_id)
        if check_in is None:  # it is written with its KnownSubmission, so somebody has removed it by hand
            raise CheckInUnknown
        if known.fingerprint == fingerprint:
            return Draft(records=(), events=(), answer=Submitted(check_in=check_in, known=True))
        kept = {one.id for one in await self._store.contradictions(check_in.id)}
        contradiction_id = f"{check_in.id}:{fingerprint}"
        if contradiction_id in kept or len(kept) >= MOST_CONTRADICTIONS:
            return Draft(records=(), events=(), answer=Submitted(check_in=check_in, contradicts=True))
        contradiction = Contradiction(
            id=contradiction_id,
            check_in_id=check_in.id,
            sealed_content=await self._cipher.encrypt(content_of(replace(said, fix=None))),
            fix=said.fix,
            received_at=now,
            version=1,
        )
        counted = replace(check_in, contradictions=check_in.contradictions + 1, version=check_in.version + 1)
        event = PatrolEvent(
            id=self._ids.new("evt"),
            kind=PatrolEventKind.CHECK_IN_CONTRADICTED,
            subject_id=check_in.id,
            site_id=check_in.site_id,
            occurred_at=now,
            told_by=actor.id,
            data={"content": fingerprint, "contradictions": counted.contradictions},
        )
        answer = Submitted(check_in=counted, contradicts=True)
        return Draft(records=(contradiction, counted), events=(event,), answer=answer)
