"""What people see of their notices, and what they say to more of them."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from services.common.clock import Clock
from services.common.model import Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.common.protection import KeyedDigest
from services.notifications.model import Grant, Notice, NoticeKind, Standing
from services.notifications.ports import AcceptStore, NoticeStore
from services.notifications.templates import Template

LIST = "notices"


class OwnNotices:
    """A citizen's notices and accepts."""

    def __init__(
        self,
        *,
        notices: NoticeStore,
        accepts: AcceptStore,
        templates: Mapping[NoticeKind, Template],
        digest: KeyedDigest,
        clock: Clock,
    ) -> None:
        self._notices = notices
        self._accepts = accepts
        self._templates = templates
        self._digest = digest
        self._clock = clock

    async def list_own(self, citizen_id: str, limit: int, after: str | None) -> Page[Notice]:
        """Return a page of the citizen's notices, newest first; raises CursorInvalid."""
        until: Any = None if after is None else read_cursor(after, LIST, (str,))[0]
        found = await newest(
            partial(self._notices.between, citizen_id),
            prefix="ntc",
            wanted=limit + 1,
            until=until,
            now=self._clock.now(),
        )
        shown = found[:limit]
        return Page(items=shown, next=make_cursor(LIST, shown[-1].id) if len(found) > limit else None)

    async def standing(self, citizen_id: str) -> Sequence[Standing]:
        """Return what is left of each kind, and which template to ask the person for."""
        left = await self._accepts.left(citizen_id)
        return [
            Standing(
                kind=kind,
                left=left.get(kind, 0),
                template_id=self._templates[kind].id if kind in self._templates else None,
            )
            for kind in NoticeKind
        ]

    async def accept(self, grant: Grant) -> Sequence[Standing]:
        """Keep what the person answered, once, and return what is left; raises IdempotencyKeyReused."""
        said = [f"{one.kind.value}={one.accepted}" for one in grant.accepts]
        await self._accepts.grant(grant, self._digest.of("notice-accepts", *said), self._clock.now())
        return await self.standing(grant.citizen_id)
