"""Random draws (双随机): committing, holding, withdrawing, and the records by which anybody repeats one."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.patrol_tasks import MANAGERS, OVERSEERS, RECORDING, TAG
from handlers.schemas.common import PageQuery
from handlers.schemas.patrol_draws import (
    CommitDrawSchema,
    DrawPageSchema,
    DrawRecordSchema,
    DrawSchema,
    HoldDrawSchema,
)
from handlers.schemas.patrol_tasks import CancellationSchema
from services.common.pages import CursorInvalid
from services.patrols.plans import errors
from services.patrols.plans.draws import CommitDraw
from services.patrols.plans.model import Draw
from services.patrols.plans.publishing import PublicDraw
from services.transparency.errors import CheckpointAbsent, LogDamaged
from services.venues.errors import OwnerUnknown

PUBLIC_TAG = "Public draws"
RECORD = (errors.DrawUnknown, errors.DrawNotHeld, CheckpointAbsent, LogDamaged)


def shown_draw(draw: Draw) -> dict[str, Any]:
    """Return a draw as the wire has it, without what was drawn."""
    return {
        **vars(draw),
        "pool_sha256": draw.pool_digest,
        "seed_sha256": draw.seed_digest,
        "public_source": draw.source,
        "held_at": None if draw.held is None else draw.held.held_at,
        "held": None,
        "drawn": None,
        "changes": None,
    }


def shown_result(found: PublicDraw) -> dict[str, Any]:
    """Return a draw with what was drawn, if that may be seen."""
    shown = {**shown_draw(found.draw), "changes": found.changes}
    return shown if found.drawn is None else {**shown, "held": found.draw.held, "drawn": found.drawn}


class PatrolDrawsHandler(ApiHandler):
    """`/patrol/draws`."""

    @operation(
        Operation(
            summary="Commit to a random draw",
            description="Fixes the pool (all active sites of the kind, all inspectors who work there, and who may not "
            "be sent where) and the server's part of the seed; digests of both enter the log of patrols at once. A "
            "draw that recusals would leave short of inspectors is refused here, with the site. "
            "`GET /patrol/inspectors` has the ids for `recusals`. The public figure must be announced on a later day "
            "than today: one of today may be known already.",
            tag=TAG,
            roles=MANAGERS,
            body=CommitDrawSchema,
            reply=DrawSchema,
            status=201,
            repeatable=True,
            refusals=(errors.PlanRefused, OwnerUnknown, errors.DrawUnknown, *RECORDING),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Commit to a draw."""
        source, recusals = content.pop("public_source"), tuple(content.pop("recusals"))
        wish = CommitDraw(actor=self.actor, source=source, recusals=recusals, request=self.repeated, **content)
        draw = await self.services.patrols.plans.draws.commit(wish)
        self.set_header("Location", f"/api/v1/patrol/draws/{draw.id}")
        return shown_result(await self.services.patrols.plans.publishing.result(self.actor, draw.id))

    @operation(
        Operation(
            summary="List random draws",
            description="Newest first.",
            tag=TAG,
            roles=OVERSEERS,
            query=PageQuery,
            reply=DrawPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of draws."""
        asked = self.parameters
        page = await self.services.patrols.plans.draws.list(self.actor, asked["limit"], asked["after"])
        return {"items": [shown_draw(draw) for draw in page.items], "next": page.next}


class PatrolDrawHandler(ApiHandler):
    """`/patrol/draws/{draw_id}`."""

    @operation(
        Operation(
            summary="See a random draw",
            description="What was committed to, and once it is held, what was drawn and who is sent where.",
            tag=TAG,
            roles=OVERSEERS,
            reply=DrawSchema,
            refusals=(errors.DrawUnknown,),
        )
    )
    async def get(self, draw_id: str) -> dict[str, Any]:
        """Return a draw."""
        return shown_result(await self.services.patrols.plans.publishing.result(self.actor, draw_id))


class DrawHoldingHandler(ApiHandler):
    """`/patrol/draws/{draw_id}/hold`."""

    @operation(
        Operation(
            summary="Hold a random draw",
            description="With the figure that was announced by the public source. Once: the same figure again gets the "
            "same answer. The commitment must lie in a signed checkpoint by then, which takes up to a minute.",
            tag=TAG,
            roles=MANAGERS,
            body=HoldDrawSchema,
            reply=DrawSchema,
            refusals=(
                errors.DrawUnknown,
                errors.DrawSettled,
                errors.DrawTooEarly,
                errors.DrawNotSigned,
                errors.DrawDamaged,
                *RECORDING,
            ),
        )
    )
    async def post(self, draw_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Hold a draw."""
        await self.services.patrols.plans.holding.hold(self.actor, draw_id, content["public_value"])
        return shown_result(await self.services.patrols.plans.publishing.result(self.actor, draw_id))


class DrawWithdrawalHandler(ApiHandler):
    """`/patrol/draws/{draw_id}/withdraw`."""

    @operation(
        Operation(
            summary="Withdraw a random draw",
            description="Before it is held. It stays in the list and in the log, for everybody to see.",
            tag=TAG,
            roles=MANAGERS,
            body=CancellationSchema,
            reply=DrawSchema,
            refusals=(errors.DrawUnknown, errors.DrawSettled, *RECORDING),
        )
    )
    async def post(self, draw_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Withdraw a draw."""
        return shown_draw(await self.services.patrols.plans.draws.withdraw(self.actor, draw_id, content["reason"]))


class DrawRecordHandler(ApiHandler):
    """`/patrol/draws/{draw_id}/record.json`."""

    @operation(
        Operation(
            summary="Export the record of a draw",
            description="Everything that it takes to repeat it: `./scripts/verify_draw FILE`.",
            tag=TAG,
            roles=OVERSEERS,
            reply=DrawRecordSchema,
            refusals=RECORD,
        )
    )
    async def get(self, draw_id: str) -> dict[str, Any]:
        """Return the record of a draw."""
        return await self.services.patrols.plans.publishing.record(self.actor, draw_id)


class PublicDrawsHandler(ApiHandler):
    """`/public/draws`."""

    @operation(
        Operation(
            summary="List random draws in public",
            description="For anybody: every draw from the moment it is committed to, also one that was withdrawn.",
            tag=PUBLIC_TAG,
            query=PageQuery,
            reply=DrawPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of draws."""
        asked = self.parameters
        page = await self.services.patrols.plans.publishing.public_page(asked["limit"], asked["after"])
        return {"items": [shown_draw(one.draw) for one in page.items], "next": page.next}


class PublicDrawHandler(ApiHandler):
    """`/public/draws/{draw_id}`."""

    @operation(
        Operation(
            summary="See a random draw in public",
            description="The sites that were drawn are named once it is held, or from `publish_on`. Inspectors are "
            "accounts, not names. How many of the tasks were called off or given to others is told from holding on, "
            "and at which sites once these are named.",
            tag=PUBLIC_TAG,
            reply=DrawSchema,
            refusals=(errors.DrawUnknown,),
        )
    )
    async def get(self, draw_id: str) -> dict[str, Any]:
        """Return what anybody may know."""
        return shown_result(await self.services.patrols.plans.publishing.public(draw_id))


class PublicDrawRecordHandler(ApiHandler):
    """`/public/draws/{draw_id}/record.json`."""

    @operation(
        Operation(
            summary="Export the record of a public draw",
            description="Everything that it takes to repeat it: `./scripts/verify_draw FILE`.",
            tag=PUBLIC_TAG,
            reply=DrawRecordSchema,
            refusals=(errors.DrawNotPublished, *RECORD),
        )
    )
    async def get(self, draw_id: str) -> dict[str, Any]:
        """Return the record of a draw."""
        return await self.services.patrols.plans.publishing.public_record(draw_id)
