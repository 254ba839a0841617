"""The waitlist of a slot, and its log."""

from marshmallow import fields

from handlers.schemas.common import PageQuery, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, WireSchema
from handlers.schemas.reservations import BookVisitSchema, ReservationSchema
from services.reservations.model import ReservationStatus
from services.reservations.queue import QueueEvent

EXAMPLE_LINK = "58ae48adeb18b0a6eec56bc088f670ae3c65caad33b645d42c266ca74629daa6"
# One for each change of a write: services/reservations/desk.py.
MOST_STEPS = 100


class JoinWaitlistSchema(BookVisitSchema):
    """A wish to wait for places in one slot."""


class WaitlistJoinedSchema(ReservationSchema):
    """A party in the queue, with its receipt."""

    ahead = fields.Integer(
        required=True, allow_none=True, metadata={"description": "How many parties stand before it.", "examples": [3]}
    )
    link = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "The receipt: the link of the slot's public log that the joining is part of. Keep it: a log "
            "without it was written anew. Null when the log is deleted already.",
            "examples": [EXAMPLE_LINK],
        },
    )


class WaitlistPlaceSchema(WireSchema):
    """Where a party stands."""

    reservation_id = shown_id("rsv")
    status = OneOf(ReservationStatus, required=True)
    number = shown(7)
    ahead = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "How many parties stand before it; null for one that waits no more.", "examples": [3]},
    )
    held_until = Instant(
        required=True, allow_none=True, metadata={"description": "Until when the offer can be taken, if there is one."}
    )


class WaitlistLogQuery(PageQuery):
    """The log of a slot's queue, oldest first."""


class WaitlistStepSchema(WireSchema):
    """One thing that happened to a party in the queue."""

    event = OneOf(QueueEvent, required=True)
    number = shown(7)
    party_size = shown(2)
    free = fields.Integer(
        required=True,
        metadata={"description": "How many places were free for individuals at that moment.", "examples": [2]},
    )


class WaitlistEntrySchema(WireSchema):
    """What happened in one write, and the link over it and all before it."""

    at = Instant(required=True)
    at_ms = fields.Integer(
        required=True,
        metadata={"description": "`at` as it is hashed: milliseconds since 1970.", "examples": [1795312800123]},
    )
    steps = Items(Part(WaitlistStepSchema), most=MOST_STEPS, required=True)
    link = shown(EXAMPLE_LINK)


class WaitlistLogSchema(WireSchema):
    """A page of a queue's log."""

    format = shown("chengma-waitlist-log-1")
    slot_id = shown_id("slt")
    items = Items(Part(WaitlistEntrySchema), most=200, required=True)
    next = fields.String(required=True, allow_none=True, metadata={"description": "Cursor, or null."})
    newest = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "On the last page, the newest link; else null.", "examples": [EXAMPLE_LINK]},
    )
