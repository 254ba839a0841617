"""The owner's side: what is wrong, by when, and an answer with photos, all by the secret of a link."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.common.clock import Clock, IdSource, city_day
from services.patrols.findings.errors import RectificationUnknown
from services.patrols.findings.links import Links
from services.patrols.findings.model import Finding, FindingState, OwnerAnswer
from services.patrols.findings.ports import FindingStore, Photos
from services.patrols.findings.rules import answer_finding, ensure_not_over, overdue, stands
from services.patrols.findings.rules_evidence import before_of
from services.patrols.findings.telling import Teller
from services.patrols.model import NOBODY, Draft
from services.patrols.plans.model import Task, TaskKind
from services.patrols.plans.rules import new_task
from services.patrols.recording import Recording
from services.patrols.sites.directory import Sites
from services.patrols.sites.model import Site
from services.photos.errors import PhotoUnknown
from services.photos.model import Photo, PhotoState, Picture, Rendition

MOST_PHOTOS = 6
LONGEST_TEXT = 1000
CHUNK_BYTES = 1024 * 1024
ANSWERABLE = frozenset({FindingState.DISPATCHED, FindingState.ANSWERED})


@dataclass(frozen=True, kw_only=True)
class SentAnswer:
    """An answer as its owner sent it: how many photos, which of them can be shown, and which could not be read.

    `pictures` are ids; `unreadable` are numbers, as the owner counts: the first photo is 1.
    """

    text: str = field(repr=False)
    answered_at: datetime
    photos: int
    pictures: tuple[str, ...]
    unreadable: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Rectification:
    """What the owner may see; `photos` are those that can be shown, by id, and `sent` the answers while it stands."""

    finding: Finding
    site: Site
    overdue: bool
    photos: Mapping[str, Photo]
    sent: tuple[SentAnswer, ...]

    @property
    def before(self) -> tuple[str, ...]:
        """The photos that show what is wrong, as far as there are pictures of them."""
        named = before_of(self.finding) if stands(self.finding) else ()
        return tuple(one for one in named if one in self.photos and self.photos[one].state is PhotoState.READY)

    @property
    def answerable(self) -> bool:
        """Whether an answer can be sent now."""
        return self.finding.state in ANSWERABLE


@dataclass(frozen=True, kw_only=True)
class AnswerFinding:
    """What the owner says was done; `photos` by SHA-256."""

    token: str
    text: str
    photos: tuple[str, ...]


class Rectifying:
    """Answers whoever has the link; every method raises RectificationUnknown for any other."""

    def __init__(
        self,
        *,
        store: FindingStore,
        sites: Sites,
        photos: Photos,
        links: Links,
        recording: Recording,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._store = store
        self._sites = sites
        self._photos = photos
        self._links = links
        self._recording = recording
        self._clock = clock
        self._ids = ids

    async def find(self, token: str) -> Finding:
        """Return the finding that the link leads to."""
        found = await self._store.behind(self._links.digest_of(token))
        if found is None:
            raise RectificationUnknown
        return found

    async def get_answerable(self, token: str) -> Finding:
        """Return the finding that the link leads to; raises FindingOver."""
        found = await self.find(token)
        ensure_not_over(found)
        return found

    async def look(self, token: str) -> Rectification:
        """Return what the owner may see."""
        return await self._shown(await self.find(token))

    async def answer(self, command: AnswerFinding) -> Rectification:
        """Record an answer, and with the first one after a notice the task of a re-inspection.

        The same answer once more changes nothing. Raises FindingOver, AnswersUsedUp.
        """
        finding = await self.find(command.token)
        site = await self._sites.get(finding.site_id)
        sealed, digest = await self._links.sealed_answer(finding.id, command.text, command.photos)
        await self._photos.want(command.photos)

        async def decide() -> Draft[Finding]:
            present, now = await self.find(command.token), self._clock.now()
            answer = OwnerAnswer(sealed_text=sealed, photos=command.photos, answered_at=now, digest=digest)
            changed = answer_finding(present, answer)
            if changed is present:
                return Draft(records=(), events=(), answer=present)
            is_first = present.state is not FindingState.ANSWERED
            task = self._reinspection(changed, site, now) if is_first else None
            event = Teller(ids=self._ids, told_by=NOBODY, at=now).answered(changed, answer, task.id if task else None)
            return Draft(records=(changed, task) if task else (changed,), events=(event,), answer=changed)

        return await self._shown(await self._recording.settle(decide))

    async def keep(self, token: str, files: Sequence[bytes]) -> tuple[str, ...]:
        """Hand files to the photos and return their names; raises what these refuse."""
        finding = await self.get_answerable(token)
        names: list[str] = []
        for content in files:
            name = hashlib.sha256(content).hexdigest()
            photo = await self._photos.begin(name, len(content), finding.id)
            while photo.state is PhotoState.RECEIVING and photo.received < len(content):
                chunk = content[photo.received : photo.received + CHUNK_BYTES]
                photo = await self._photos.add_chunk(name, photo.received, chunk)
            names.append(name)
        return tuple(dict.fromkeys(names))

    async def picture(self, token: str, photo_id: str) -> Picture:
        """Return a small picture of what is wrong, or of what was sent by this link; raises PhotoUnknown."""
        finding = await self.find(token)
        is_shown = stands(finding) and photo_id in before_of(finding)
        if not is_shown and not (stands(finding) and await self._is_own(finding, photo_id)):
            raise PhotoUnknown
        return await self._photos.picture(photo_id, Rendition.THUMBNAIL)

    async def _is_own(self, finding: Finding, photo_id: str) -> bool:
        # Whoever knows the name of a photo does not yet have it: only what came by this link is shown here.
        if not any(photo_id in one.photos for one in finding.answers):
            return False
        photo = (await self._photos.states([photo_id])).get(photo_id)
        return photo is not None and photo.uploader == finding.id

    async def _shown(self, finding: Finding) -> Rectification:
        named = [*before_of(finding), *(photo for one in finding.answers for photo in one.photos)]
        photos = await self._photos.states(named) if stands(finding) else {}
        answers = finding.answers if stands(finding) else ()
        return Rectification(
            finding=finding,
            site=await self._sites.get(finding.site_id),
            overdue=overdue(finding, self._clock.now()),
            photos=photos,
            sent=tuple([await self._sent(finding.id, one, photos) for one in answers]),
        )

    async def _sent(self, finding_id: str, answer: OwnerAnswer, photos: Mapping[str, Photo]) -> SentAnswer:
        found = [(number, photos.get(one)) for number, one in enumerate(answer.photos, 1)]
        there = [(number, photo) for number, photo in found if photo is not None]
        return SentAnswer(
            text=await self._links.opened_answer(answer.sealed_text),
            answered_at=answer.answered_at,
            photos=len(answer.photos),
            pictures=tuple(
                photo.id for _, photo in there if photo.state is PhotoState.READY and photo.uploader == finding_id
            ),
            unreadable=tuple(number for number, photo in there if photo.state is PhotoState.REFUSED),
        )

    def _reinspection(self, finding: Finding, site: Site, now: datetime) -> Task:
        """Return the task of whoever found it: due when the finding is, for that is when it is escalated."""
        today = city_day(now)
        return new_task(
            task_id=self._ids.new("tsk"),
            kind=TaskKind.REINSPECTION,
            site=site,
            template_id=finding.template_id,
            assignees=(finding.found_by,),
            from_on=today,
            due_on=today if finding.due_on is None else max(today, finding.due_on),
            origin_id=finding.id,
            now=now,
        )
