"""Refusals about plans, draws and tasks."""

from services.common.errors import Conflict, Invalid, NotFound


class TaskUnknown(NotFound):
    """There is no such task, or not within the actor's scope."""

    code = "task_not_found"
    title = "No such task"


class RoundUnknown(NotFound):
    """There is no such round, or not within the actor's scope."""

    code = "round_not_found"
    title = "No such round"


class DrawUnknown(NotFound):
    """There is no such draw, or not one that the asker may see."""

    code = "draw_not_found"
    title = "No such draw"


class PlanRefused(Invalid):
    """A plan cannot be carried out; `errors` names each reason."""

    code = "plan_refused"
    title = "This cannot be planned so"


class TaskNotOpen(Conflict):
    """The task is done or cancelled."""

    code = "task_not_open"
    title = "This task is over"


class RoundEnded(Conflict):
    """The round was cancelled before, for another reason."""

    code = "round_ended"
    title = "This round is cancelled already"


class DrawSettled(Conflict):
    """The draw was held, or withdrawn."""

    code = "draw_settled"
    title = "This draw was held or withdrawn"


class DrawTooEarly(Conflict):
    """The public value cannot be known before the day that was named for it."""

    code = "draw_too_early"
    title = "The day of the public value has not come"


class DrawNotSigned(Conflict):
    """The commitment lies in no signed checkpoint of the log yet."""

    code = "draw_not_signed"
    title = "The commitment is not signed yet"


class DrawNotHeld(Conflict):
    """There is nothing to repeat before a draw is held."""

    code = "draw_not_held"
    title = "This draw was not held"


class DrawNotPublished(Conflict):
    """The result is published from a later day on."""

    code = "draw_not_published"
    title = "This result is not public yet"


class DrawDamaged(Conflict):
    """The pool or the seed is not what was committed to; an operator must look."""

    code = "draw_damaged"
    title = "This draw is not what was committed to"
