"""Policies of venues, and the terms of no-show groups."""

from marshmallow import fields

from handlers.schemas.common import shown, shown_id
from handlers.schemas.fields import Count, Items, Text, WireSchema

MOST_DAYS_AHEAD = 365
MOST_PARTY = 20
MOST_BOOKINGS = 100
LONGEST_CANCEL_MIN = 30 * 24 * 60
HOUR_PATTERN = r"([01][0-9]|2[0-3]):[0-5][0-9]"
GROUP_PATTERN = r"[a-z][a-z0-9-]{2,39}"


class PolicyWishSchema(WireSchema):
    """What a venue is to demand. Every field has to be named: what is left out is never taken to be none."""

    version = Count(
        least=0,
        most=1_000_000,
        required=True,
        metadata={"description": "Of the policy as you have read it.", "examples": [0]},
    )
    book_days_ahead = Count(
        least=0,
        most=MOST_DAYS_AHEAD,
        required=True,
        allow_none=True,
        metadata={
            "description": "A day of visits can be booked from so many days before it; null: at once.",
            "examples": [7],
        },
    )
    releases_at = Text(
        longest=5,
        shortest=5,
        pattern=HOUR_PATTERN,
        required=True,
        metadata={"description": "At this time in the city, on that day.", "examples": ["08:00"]},
    )
    max_party_size = Count(
        least=1,
        most=MOST_PARTY,
        required=True,
        allow_none=True,
        metadata={"description": "Null: the venue's own.", "examples": [5]},
    )
    bookings_per_account_day = Count(
        least=1,
        most=MOST_BOOKINGS,
        required=True,
        allow_none=True,
        metadata={"description": "For one day of visits at this venue; null: any number.", "examples": [2]},
    )
    bookings_per_document_day = Count(
        least=1,
        most=MOST_BOOKINGS,
        required=True,
        allow_none=True,
        metadata={"description": "The same for one document, whoever books.", "examples": [1]},
    )
    minors_under = Count(
        least=1,
        most=18,
        required=True,
        allow_none=True,
        metadata={
            "description": "Visitors younger than this on the day of the visit need an adult (18) in their party; "
            "null: they may come alone.",
            "examples": [14],
        },
    )
    cancel_until_min = Count(
        least=0,
        most=LONGEST_CANCEL_MIN,
        required=True,
        metadata={
            "description": "Minutes before the start until which cancelling has no consequence.",
            "examples": [120],
        },
    )
    offer_minutes = Count(
        least=5,
        most=1440,
        required=True,
        metadata={"description": "Minutes for which an offer from the waitlist is held.", "examples": [30]},
    )
    no_show_group = Text(
        longest=40,
        shortest=3,
        pattern=GROUP_PATTERN,
        required=True,
        allow_none=True,
        metadata={
            "description": "Venues of one group share a ledger of no-shows; null: the venue alone.",
            "examples": ["huangpu-temples"],
        },
    )


class PolicySchema(PolicyWishSchema):
    """What a venue demands of those who book."""

    venue_id = shown_id("ven")
    ledger = fields.String(
        required=True,
        metadata={
            "description": "Whose ledger of no-shows counts: the group's, or the venue's own by its id.",
            "examples": ["huangpu-temples"],
        },
    )
    strikes = shown(3, allow_none=True)
    strike_days = shown(90)
    pause_days = shown(30)


class TermsWishSchema(WireSchema):
    """What is to be counted against accounts that do not come."""

    version = Count(
        least=0,
        most=1_000_000,
        required=True,
        metadata={"description": "Of the terms as you have read them.", "examples": [0]},
    )
    strikes = Count(
        least=1,
        most=100,
        load_default=3,
        allow_none=True,
        metadata={"description": "No-shows until a pause; null: none are counted.", "examples": [3]},
    )
    strike_days = Count(
        least=1, most=730, load_default=90, metadata={"description": "Within so many days.", "examples": [90]}
    )
    pause_days = Count(
        least=1, most=365, load_default=30, metadata={"description": "How long the pause lasts.", "examples": [30]}
    )


class NoShowGroupSchema(WireSchema):
    """Venues that share a ledger of no-shows, and its terms."""

    id = shown("huangpu-temples")
    version = shown(1)
    strikes = shown(3, allow_none=True)
    strike_days = shown(90)
    pause_days = shown(30)
    venue_ids = Items(shown_id("ven"), most=1000, required=True)
