"""Planning: what a change of rules would do, and closures that move or cancel those who are hit."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.calendars import NewVenueCalendarSchema
from handlers.schemas.planning import CloseSlotsSchema, ClosureSchema, PlanPreviewSchema
from services.calendars import errors as calendar_errors
from services.calendars.editing import CalendarDraft
from services.identity.model import Role
from services.reservations.errors import SlotDrawn, SlotEnded, SlotUnknown
from services.reservations.planning.closing import CloseSlots
from services.reservations.planning.errors import ClosureUnknown
from services.reservations.planning.model import Action, ClosureReport, Plan, Step
from services.venues.errors import VenueUnknown

TAG = "Calendars"
PLANNERS = frozenset({Role.VENUE_MANAGER, Role.DISTRICT_ADMIN, Role.CITY_ADMIN})


def shown_step(step: Step) -> dict[str, Any]:
    """Return a step as the wire has it: times and places as they would be, or were where there would be none."""
    after, before = step.planned, step.slot
    times = after or before
    assert times is not None  # noqa: S101 -- a step has one of them
    return {
        "action": step.action,
        "slot_id": None if before is None else before.id,
        "starts_at": times.starts_at,
        "ends_at": times.ends_at,
        "capacity": 0 if after is None else after.capacity,
        "booked": step.booked,
    }


def shown_plan(plan: Plan) -> dict[str, Any]:
    """Return a plan as the wire has it."""
    counts = {action: sum(step.action is action for step in plan.steps) for action in Action}
    return {
        "added": counts[Action.ADD],
        "changed": counts[Action.CHANGE],
        "withdrawn": counts[Action.WITHDRAW],
        "restored": counts[Action.RESTORE],
        "unchanged": plan.unchanged,
        "hit_slots": [shown_step(step) for step in plan.hits],
        "hit_people": sum(step.booked for step in plan.hits),
        "steps": [shown_step(step) for step in plan.steps],
    }


def shown_report(report: ClosureReport) -> dict[str, Any]:
    """Return a closure and how far it is."""
    return {**vars(report.closure), **vars(report)}


class CalendarPreviewHandler(ApiHandler):
    """`/venues/{venue_id}/calendar/preview`."""

    @operation(
        Operation(
            summary="See what a calendar would do",
            description="A dry run: which slots would be made, changed, withdrawn and restored if the venue's calendar "
            "were replaced by this one now, and which bookings that hits. Nothing is written. What is booked stays "
            "booked when the calendar is replaced; a closure then moves or cancels it.",
            tag=TAG,
            roles=PLANNERS,
            body=NewVenueCalendarSchema,
            reply=PlanPreviewSchema,
            refusals=(
                VenueUnknown,
                calendar_errors.CalendarRefused,
                calendar_errors.CalendarConflict,
                calendar_errors.CalendarChanged,
            ),
        )
    )
    async def post(self, venue_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Judge a draft."""
        visits = self.services.visits
        calendar = await visits.calendars.editing.judged(self.actor, venue_id, CalendarDraft(**content))
        return shown_plan(await visits.planning.planner.preview(calendar))


class ClosuresHandler(ApiHandler):
    """`/venues/{venue_id}/closures`."""

    @operation(
        Operation(
            summary="Close slots and move or cancel their bookings",
            description="Each slot is closed at once, then its parties are moved or cancelled one by one in the "
            "background, each with a notice, and without any disadvantage: what a venue cancels or moves is no missed "
            "visit, and can be moved once more by its citizen. Who has entered already stays.",
            tag=TAG,
            roles=PLANNERS,
            body=CloseSlotsSchema,
            reply=ClosureSchema,
            status=202,
            repeatable=True,
            refusals=(VenueUnknown, SlotUnknown, SlotDrawn, SlotEnded),
        )
    )
    async def post(self, venue_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Order a closure."""
        closing = self.services.visits.planning.closing
        command = CloseSlots(
            actor=self.actor,
            venue_id=venue_id,
            slot_ids=tuple(content["slot_ids"]),
            remedy=content["remedy"],
            unmoved=content["unmoved"],
            request=self.repeated,
        )
        closure = await closing.order(command)
        return shown_report(await closing.report(self.actor, closure.id))


class ClosureHandler(ApiHandler):
    """`/closures/{closure_id}`."""

    @operation(
        Operation(
            summary="See how far a closure is",
            tag=TAG,
            roles=PLANNERS,
            reply=ClosureSchema,
            refusals=(ClosureUnknown,),
        )
    )
    async def get(self, closure_id: str) -> dict[str, Any]:
        """Return a closure."""
        return shown_report(await self.services.visits.planning.closing.report(self.actor, closure_id))
