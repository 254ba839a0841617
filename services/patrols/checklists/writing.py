"""Writing checklists: new templates, new releases of them, retiring them and taking them up again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest
from services.identity.model import Actor, Scope
from services.patrols.checklists.errors import ChecklistNotYours, ChecklistRetired, ChecklistSuperseded
from services.patrols.checklists.model import Release, Section, Template, TemplateState, release_id
from services.patrols.checklists.reading import Checklists, covers
from services.patrols.checklists.releasing import ensure_releasable
from services.patrols.documents import part_document
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from services.patrols.recording import Recording
from services.patrols.sites.model import SiteKind
from services.transparency.commitment import canonical
from services.venues.scopes import Scopes, own_scope, scope_name


@dataclass(frozen=True, kw_only=True)
class ChecklistContent:
    """What is written of a release."""

    name: str
    name_en: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, kw_only=True)
class NewChecklist:
    """A template to make; without `owner` it belongs to the actor's only scope."""

    actor: Actor
    owner: Scope | None
    site_kind: SiteKind
    content: ChecklistContent
    request: IdempotentRequest | None


@dataclass(frozen=True, kw_only=True)
class FirstRelease:
    """A template that is not there yet; `owner` as `level:id`, `seen_by` the scopes that cover it."""

    template_id: str
    owner: str
    seen_by: tuple[str, ...]
    site_kind: SiteKind
    content: ChecklistContent
    told_by: str


@dataclass(frozen=True, kw_only=True)
class NewRelease:
    """A release to make after release `based_on`, which must still be the latest."""

    actor: Actor
    template_id: str
    based_on: int
    content: ChecklistContent
    request: IdempotentRequest | None


class ChecklistWriting:
    """Templates are written within their writer's scope, and used by all whom their owner covers."""

    def __init__(
        self, *, recording: Recording, checklists: Checklists, scopes: Scopes, clock: Clock, ids: IdSource
    ) -> None:
        self._recording = recording
        self._checklists = checklists
        self._scopes = scopes
        self._clock = clock
        self._ids = ids

    async def create(self, command: NewChecklist) -> Template:
        """Return the new template with its first release, or the first answer to a repeated request.

        Raises OwnerMissing, OwnerUnknown, ChecklistInvalid, or what recording raises.
        """
        actor = command.actor
        owner = command.owner or own_scope(actor)
        first = FirstRelease(
            template_id=self._ids.new("tpl"),
            owner=scope_name(owner),
            seen_by=await self._scopes.seen_by_within(actor, owner),
            site_kind=command.site_kind,
            content=command.content,
            told_by=actor.id,
        )
        ensure_releasable(first.content.sections)

        async def decide() -> Draft[Template]:
            return replace(self._first(first), repeat=command.request)

        async def read(template_id: str) -> Template:
            return await self._checklists.get(actor, template_id)

        return await self._recording.settle(decide, repeat=command.request, read=read)

    async def put_missing(self, first: FirstRelease) -> Template:
        """Return the template of this id: the one that is there, or else this; raises ChecklistInvalid."""
        ensure_releasable(first.content.sections)

        async def decide() -> Draft[Template]:
            present = await self._checklists.template(first.template_id)
            if present is not None:
                return Draft(records=(), events=(), answer=present)
            return self._first(first)

        return await self._recording.settle(decide)

    def _first(self, first: FirstRelease) -> Draft[Template]:
        template = Template(
            id=first.template_id,
            name=first.content.name,
            name_en=first.content.name_en,
            site_kind=first.site_kind,
            state=TemplateState.ACTIVE,
            latest=1,
            owner=first.owner,
            seen_by=first.seen_by,
            changed_at=self._clock.now(),
            version=1,
        )
        release = _release(template, first.content, first.told_by)
        return Draft(
            records=(template, release), events=(self._released(release),), answer=template, answer_id=template.id
        )

    async def release(self, command: NewRelease) -> Release:
        """Return the template's next release, or the first answer to a repeated request.

        Raises ChecklistUnknown, ChecklistNotYours, ChecklistRetired, ChecklistSuperseded, ChecklistInvalid, or what
        recording raises.
        """
        ensure_releasable(command.content.sections)

        async def decide() -> Draft[Release]:
            present = await self._own(command.actor, command.template_id)
            if present.state is TemplateState.RETIRED:
                raise ChecklistRetired
            if present.latest != command.based_on:
                raise ChecklistSuperseded
            template = replace(
                present,
                name=command.content.name,
                name_en=command.content.name_en,
                latest=present.latest + 1,
                changed_at=self._clock.now(),
                version=present.version + 1,
            )
            release = _release(template, command.content, command.actor.id)
            return Draft(
                records=(template, release),
                events=(self._released(release),),
                answer=release,
                repeat=command.request,
                answer_id=release.id,
            )

        async def read(its_id: str) -> Release:
            template_id, _, number = its_id.rpartition(":")
            return await self._checklists.get_release(command.actor, template_id, number)

        return await self._recording.settle(decide, repeat=command.request, read=read)

    async def retire(self, actor: Actor, template_id: str) -> Template:
        """Return the template, now for no new visits; raises ChecklistUnknown or ChecklistNotYours."""
        return await self._move(actor, template_id, TemplateState.RETIRED, PatrolEventKind.CHECKLIST_RETIRED)

    async def reactivate(self, actor: Actor, template_id: str) -> Template:
        """Return the template, now for new visits again; raises ChecklistUnknown or ChecklistNotYours."""
        return await self._move(actor, template_id, TemplateState.ACTIVE, PatrolEventKind.CHECKLIST_REACTIVATED)

    async def _move(self, actor: Actor, template_id: str, state: TemplateState, kind: PatrolEventKind) -> Template:
        async def decide() -> Draft[Template]:
            present = await self._own(actor, template_id)
            if present.state is state:
                return Draft(records=(), events=(), answer=present)
            moved = replace(present, state=state, changed_at=self._clock.now(), version=present.version + 1)
            event = self._event(kind, moved, actor.id, {"latest": moved.latest})
            return Draft(records=(moved,), events=(event,), answer=moved)

        return await self._recording.settle(decide)

    async def _own(self, actor: Actor, template_id: str) -> Template:
        found = await self._checklists.get(actor, template_id)
        if not covers(actor, found):
            raise ChecklistNotYours
        return found

    def _released(self, release: Release) -> PatrolEvent:
        data = {"number": release.number, "content_sha256": content_digest(release)}
        return self._event(PatrolEventKind.CHECKLIST_RELEASED, release, release.released_by, data)

    def _event(
        self, kind: PatrolEventKind, about: Template | Release, told_by: str, data: Mapping[str, Any]
    ) -> PatrolEvent:
        return PatrolEvent(
            id=self._ids.new("evt"),
            kind=kind,
            subject_id=about.id if isinstance(about, Template) else about.template_id,
            site_id=None,
            occurred_at=about.changed_at if isinstance(about, Template) else about.released_at,
            told_by=told_by,
            data=data,
        )


def _release(template: Template, content: ChecklistContent, told_by: str) -> Release:
    return Release(
        id=release_id(template.id, template.latest),
        template_id=template.id,
        number=template.latest,
        name=content.name,
        name_en=content.name_en,
        site_kind=template.site_kind,
        sections=content.sections,
        released_at=template.changed_at,
        released_by=told_by,
        version=1,
    )


def content_digest(release: Release) -> str:
    """Return the SHA-256 of a release's name and sections as canonical JSON (RFC 8785): the log holds to them."""
    content = {"name": release.name, "name_en": release.name_en, "sections": part_document(release.sections)}
    return hashlib.sha256(canonical(content)).hexdigest()
