"""How delivering to the main system stands, what cannot be delivered, and having that delivered again."""

from collections.abc import Mapping
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.sync_admin import (
    DeadLetterPageSchema,
    DeadLettersQuery,
    ReplayedSchema,
    ReplaySchema,
    SyncSituationSchema,
    letter_view,
    situation_view,
)
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.sync.relay.errors import MainSystemMissing

TAG = "Main system"
ADMINS = frozenset({Role.CITY_ADMIN})
READERS = frozenset({*ADMINS, Role.AUDITOR})


class SyncSituationHandler(ApiHandler):
    """`/admin/sync`."""

    @operation(
        Operation(
            summary="See how delivering stands",
            description="What waits is read from the database itself, so that a dead process shows. `docs/sync.md` "
            "says what to do about each alarm.",
            tag=TAG,
            roles=READERS,
            reply=SyncSituationSchema,
        )
    )
    async def get(self) -> Mapping[str, Any]:
        """Return how delivering stands."""
        now = await self.services.sync.overseeing.look()
        latest = await self.services.sync.reconciliations.latest()
        self.set_header("Content-Language", "zh-CN" if self.language == "zh" else "en")
        self.set_header("Vary", "Accept-Language")
        return situation_view(now, latest[0] if latest else None, self.language)


class DeadLettersHandler(ApiHandler):
    """`/admin/sync/dead-letters`."""

    @operation(
        Operation(
            summary="List what cannot be delivered",
            description="Newest first: records by their ids here, with the reason; never a value of them.",
            tag=TAG,
            roles=READERS,
            query=DeadLettersQuery,
            reply=DeadLetterPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[Mapping[str, Any]]:
        """Return a page of dead letters."""
        asked = self.parameters
        page = await self.services.sync.replaying.list(asked["kind"], asked["limit"], asked["after"])
        return Page(items=[letter_view(letter) for letter in page.items], next=page.next)


class ReplayHandler(ApiHandler):
    """`/admin/sync/dead-letters/replay`."""

    @operation(
        Operation(
            summary="Deliver dead letters again",
            description="Their records are read anew and wait with everything else; a letter goes when its record was "
            "delivered. Doing it twice changes nothing.",
            tag=TAG,
            roles=ADMINS,
            body=ReplaySchema,
            reply=ReplayedSchema,
            status=202,
            refusals=(MainSystemMissing,),
        )
    )
    async def post(self, content: dict[str, Any]) -> Mapping[str, int]:
        """Let records wait again."""
        return {"records": await self.services.sync.replaying.replay(content["kind"], content["ids"])}
