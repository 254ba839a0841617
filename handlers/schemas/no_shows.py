"""No-shows, appeals, and amnesties."""

from marshmallow import fields

from handlers.schemas.common import shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, WireSchema, WrittenText
from services.reservations.no_shows.model import Decision, Reason, State

LONGEST_WORDS = 500
LONGEST_REASON = 200
WORDS = "当天地铁停运，未能按时到达。"
ANSWER = "情况属实，已撤销。"
REASON = "台风红色预警，当日闭馆。"
MOST_STRIKES = 10_000
EXAMPLE_AMNESTY = "amn_0123456789abcdef0123456789abcdef"


class AppealNoShowSchema(WireSchema):
    """Why a no-show should not stand."""

    words = WrittenText(
        longest=LONGEST_WORDS,
        required=True,
        metadata={"description": "Numbers of seven digits or more are left out.", "examples": [WORDS]},
    )


class OwnAppealSchema(WireSchema):
    """What was said against a no-show, and decided."""

    words = shown(WORDS)
    made_at = Instant(required=True)
    decision = OneOf(Decision, required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)


class OwnNoShowSchema(WireSchema):
    """A visit that was booked and not made, as its citizen sees it."""

    id = shown_id("nsh")
    venue_id = shown_id("ven")
    reservation_id = shown_id("rsv")
    starts_at = Instant(required=True)
    reason = OneOf(
        Reason,
        required=True,
        metadata={"description": "`late_cancel`: cancelled when the venue's deadline for that was over."},
    )
    state = OneOf(
        State,
        required=True,
        metadata={
            "description": "An appealed one stands until it is pardoned; `withdrawn`: the gate has let the party in "
            "after all."
        },
    )
    counts = fields.Boolean(
        required=True,
        metadata={"description": "Whether a further one would be added to it: not used up, not too long ago."},
    )
    judged_at = Instant(required=True)
    appeal_until = Instant(required=True)
    appeal = Part(OwnAppealSchema, required=True, allow_none=True)
    answer = shown(ANSWER, allow_none=True)


class PauseSchema(WireSchema):
    """Booking is paused, at these venues, until then."""

    group = shown("huangpu-temples")
    venue_ids = Items(shown_id("ven"), most=1000, required=True)
    since = Instant(required=True)
    until = Instant(required=True)


class OwnNoShowsSchema(WireSchema):
    """All that is counted against an account."""

    items = Items(Part(OwnNoShowSchema), most=MOST_STRIKES, required=True)
    pauses = Items(Part(PauseSchema), most=1000, required=True)


class NoShowAppealSchema(WireSchema):
    """An appeal, without whose it is."""

    id = shown_id("nsh")
    venue_id = shown_id("ven")
    starts_at = Instant(required=True)
    reason = OneOf(Reason, required=True)
    words = shown(WORDS)
    made_at = Instant(required=True)
    decision = OneOf(Decision, required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)
    decided_by = shown_id("stf", allow_none=True)
    answer = shown(ANSWER, allow_none=True)


class NoShowAppealsSchema(WireSchema):
    """Open appeals, the oldest first."""

    items = Items(Part(NoShowAppealSchema), most=200, required=True)


class DecideAppealSchema(WireSchema):
    """What is decided, and what the citizen is told."""

    decision = OneOf(Decision, required=True, metadata={"examples": ["pardon"]})
    words = WrittenText(longest=LONGEST_WORDS, required=True, metadata={"examples": [ANSWER]})


class DeclareAmnestySchema(WireSchema):
    """Which slots are pardoned: those that start from `from` on and before `to`."""

    from_at = Instant(data_key="from", required=True, metadata={"examples": ["2026-11-22T00:00:00+08:00"]})
    to_at = Instant(data_key="to", required=True, metadata={"examples": ["2026-11-23T00:00:00+08:00"]})
    reason = WrittenText(
        longest=LONGEST_REASON,
        required=True,
        metadata={"description": "Those who are pardoned read it.", "examples": [REASON]},
    )


class AmnestySchema(WireSchema):
    """A stretch of time at a venue whose no-shows are pardoned."""

    id = shown(EXAMPLE_AMNESTY)
    venue_id = shown_id("ven")
    from_at = Instant(data_key="from", required=True)
    to_at = Instant(data_key="to", required=True)
    reason = shown(REASON)
    declared_by = shown_id("stf")
    declared_at = Instant(required=True)


class AmnestiesSchema(WireSchema):
    """A venue's amnesties."""

    items = Items(Part(AmnestySchema), most=1000, required=True)
