"""A citizen's notices, and which of them they agree to be sent."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.notices import AllAcceptsLeftSchema, GiveAcceptsSchema, OwnNoticesQuery, VisitNoticePageSchema
from services.common.idempotency import IdempotencyKeyReused
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.notifications.model import YES, Fact, Grant, Notice
from services.notifications.rules import visit_of
from services.notifications.wording import ENGLISH, PHRASES, STATES

TAG = "Notices"
CITIZEN = frozenset({Role.CITIZEN})


def shown_notice(notice: Notice) -> dict[str, Any]:
    """Return a notice in words."""
    what = notice.kind, notice.facts.get(Fact.OUTCOME, YES) == YES
    state_text, state_text_en = STATES[notice.state]
    return {
        **vars(notice),
        "title": PHRASES[what],
        "title_en": ENGLISH[what],
        "state_text": state_text,
        "state_text_en": state_text_en,
        "reservation_id": visit_of(notice.kind, notice.subject_id, notice.facts),
    }


class NoticesHandler(ApiHandler):
    """`/me/notices`."""

    @operation(
        Operation(
            summary="List my notices",
            description="Newest first, for 30 days. What WeChat was not to send is here, too, with the reason.",
            tag=TAG,
            roles=CITIZEN,
            query=OwnNoticesQuery,
            reply=VisitNoticePageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of one's own notices."""
        asked = self.parameters
        page: Page[Notice] = await self.services.visits.notices.list_own(self.actor.id, asked["limit"], asked["after"])
        return {"items": [shown_notice(one) for one in page.items], "next": page.next}


class NoticeAcceptsHandler(ApiHandler):
    """`/me/notice-accepts`."""

    @operation(
        Operation(
            summary="See what I accept",
            description="How many messages of each kind WeChat still lets us send, by what this account said, and the "
            "template to ask for.",
            tag=TAG,
            roles=CITIZEN,
            reply=AllAcceptsLeftSchema,
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return what is left."""
        return {"kinds": await self.services.visits.notices.standing(self.actor.id)}

    @operation(
        Operation(
            summary="Accept messages",
            description="What the person answered to wx.requestSubscribeMessage: each `true` pays for one message of "
            "that kind, up to 50 in store; `false` takes nothing away. A repeat with the same `id` counts once.",
            tag=TAG,
            roles=CITIZEN,
            body=GiveAcceptsSchema,
            reply=AllAcceptsLeftSchema,
            refusals=(IdempotencyKeyReused,),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Keep the answers, and return what is left."""
        grant = Grant(id=content["id"], citizen_id=self.actor.id, accepts=tuple(content["accepts"]))
        return {"kinds": await self.services.visits.notices.accept(grant)}
