"""What venues demand, and what they count against those who do not come."""

from dataclasses import dataclass
from datetime import date, datetime

ADULT_AGE = 18
# What venues that enforce it ask in practice: three visits missed within a season, and then a month of patience.
DEFAULT_STRIKES = 3
DEFAULT_STRIKE_DAYS = 90
DEFAULT_PAUSE_DAYS = 30
DEFAULT_OFFER_MINUTES = 30


@dataclass(frozen=True, kw_only=True)
class NoShowTerms:
    """What is counted against an account within a no-show group: so many strikes in so many days, and then a pause.

    `strikes` None: nothing is counted. `version` 0: nobody has set any.
    """

    group: str
    version: int
    strikes: int | None
    strike_days: int
    pause_days: int


@dataclass(frozen=True, kw_only=True)
class VisitPolicy:
    """What a venue demands of those who book.

    `version` counts its changes; 0 is a venue that has set nothing. Strikes and pause are those of the no-show group.
    """

    venue_id: str
    version: int
    # A visit on day D can be booked from `releases_at` ("HH:MM" in the city) on the day so many days before D; None: at
    # once.
    book_days_ahead: int | None
    releases_at: str
    # None: the venue's own.
    max_party_size: int | None
    # For one day of visits at this venue; None: any number.
    bookings_per_account_day: int | None
    bookings_per_document_day: int | None
    # Visitors younger than this on the day of the visit come with an adult in their party; None: they may come alone.
    minors_under: int | None
    # Minutes before the slot's start until which cancelling has no consequence.
    cancel_until_min: int
    # Minutes for which an offer from the waitlist is held.
    offer_minutes: int
    # Venues of one group share a ledger of no-shows; None: the venue alone.
    no_show_group: str | None
    strikes: int | None
    strike_days: int
    pause_days: int

    @property
    def ledger(self) -> str:
        """Which no-show group the venue belongs to: a venue alone is a group by its own id."""
        return self.no_show_group or self.venue_id


@dataclass(frozen=True, kw_only=True)
class Age:
    """What is known of a visitor's age: a date of birth from the document, else what they declare."""

    born_on: date | None
    declared_minor: bool


@dataclass(frozen=True, kw_only=True)
class PolicyChange:
    """A policy as it is to be, of the version after the present one, and who says so.

    `joined` are the terms, as they were read, of a no-show group that the venue joins by it.
    """

    policy: VisitPolicy
    joined: NoShowTerms | None
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class TermsChange:
    """Terms as they are to be, of the version after the present one, and who says so."""

    terms: NoShowTerms
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class NoShowGroup:
    """The venues that share a ledger of no-shows, and its terms."""

    terms: NoShowTerms
    venue_ids: tuple[str, ...]


def default_policy(venue_id: str) -> VisitPolicy:
    """Return what holds at a venue that has set nothing."""
    return VisitPolicy(
        venue_id=venue_id,
        version=0,
        book_days_ahead=None,
        releases_at="00:00",
        max_party_size=None,
        bookings_per_account_day=None,
        bookings_per_document_day=None,
        minors_under=None,
        cancel_until_min=0,
        offer_minutes=DEFAULT_OFFER_MINUTES,
        no_show_group=None,
        strikes=DEFAULT_STRIKES,
        strike_days=DEFAULT_STRIKE_DAYS,
        pause_days=DEFAULT_PAUSE_DAYS,
    )


def default_terms(group: str) -> NoShowTerms:
    """Return the terms of a group for which nobody has set any."""
    return NoShowTerms(
        group=group,
        version=0,
        strikes=DEFAULT_STRIKES,
        strike_days=DEFAULT_STRIKE_DAYS,
        pause_days=DEFAULT_PAUSE_DAYS,
    )
