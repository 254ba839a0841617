"""Routine rounds."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.patrol_tasks import MANAGERS, OVERSEERS, RECORDING, TAG
from handlers.schemas.common import PageQuery
from handlers.schemas.patrol_rounds import PlanRoundSchema, RoundPageSchema, RoundSchema
from handlers.schemas.patrol_tasks import CancellationSchema
from services.common.pages import CursorInvalid
from services.patrols.plans import errors
from services.patrols.plans.rounds import PlanRound, RoundAt
from services.venues.errors import OwnerUnknown


def shown_round(found: RoundAt) -> dict[str, Any]:
    """Return a round as the wire has it."""
    return {**vars(found.round), "tasks": found.tasking}


class PatrolRoundsHandler(ApiHandler):
    """`/patrol/rounds`."""

    @operation(
        Operation(
            summary="Plan a routine round",
            description="One task for every active site of the district in the window, or in each stretch of "
            "`every_days` in it: spread evenly over the days and over the inspectors of the district. The tasks of a "
            "large round are made within the next seconds: `tasks` says how far they are. At most 5,000 visits.",
            tag=TAG,
            roles=MANAGERS,
            body=PlanRoundSchema,
            reply=RoundSchema,
            status=201,
            repeatable=True,
            refusals=(errors.PlanRefused, OwnerUnknown, errors.RoundUnknown, *RECORDING),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Plan a round."""
        command = PlanRound(actor=self.actor, request=self.repeated, **content)
        planned = await self.services.patrols.plans.rounds.plan(command)
        self.set_header("Location", f"/api/v1/patrol/rounds/{planned.round.id}")
        return shown_round(planned)

    @operation(
        Operation(
            summary="List routine rounds",
            description="Newest first.",
            tag=TAG,
            roles=OVERSEERS,
            query=PageQuery,
            reply=RoundPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> dict[str, Any]:
        """Return a page of rounds."""
        asked = self.parameters
        page = await self.services.patrols.plans.rounds.list(self.actor, asked["limit"], asked["after"])
        return {"items": [shown_round(one) for one in page.items], "next": page.next}


class PatrolRoundHandler(ApiHandler):
    """`/patrol/rounds/{round_id}`."""

    @operation(
        Operation(
            summary="See a routine round",
            description="Where, when, with which checklist, and how far its tasks are.",
            tag=TAG,
            roles=OVERSEERS,
            reply=RoundSchema,
            refusals=(errors.RoundUnknown,),
        )
    )
    async def get(self, round_id: str) -> dict[str, Any]:
        """Return a round."""
        return shown_round(await self.services.patrols.plans.rounds.get(self.actor, round_id))


class RoundCancellationHandler(ApiHandler):
    """`/patrol/rounds/{round_id}/cancel`."""

    @operation(
        Operation(
            summary="Call a round off",
            description="Its open tasks are cancelled, within the next seconds where they are many; what was done "
            "stays done.",
            tag=TAG,
            roles=MANAGERS,
            body=CancellationSchema,
            reply=RoundSchema,
            refusals=(errors.RoundUnknown, errors.RoundEnded, *RECORDING),
        )
    )
    async def post(self, round_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Call a round off."""
        return shown_round(await self.services.patrols.plans.rounds.cancel(self.actor, round_id, content["reason"]))
