"""Decisions about ratings and tickets, free of input and output."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from services.common.clock import city_day
from services.common.errors import FieldError
from services.common.written import without_long_numbers
from services.ratings.errors import (
    NotVisited,
    PeriodRefused,
    RatingChanged,
    RatingTooLate,
    TagsRefused,
    TicketClosed,
    TicketUnanswered,
    TicketUnknown,
)
from services.ratings.model import Answer, DayCount, Figures, Level, Rating, Tag, Ticket, TicketState, Workday

RATED_WITHIN = timedelta(days=30)
WORST_GOOD = Level.BASICALLY_SATISFIED
GOOD_TAGS = (
    *(Tag.CLEAN, Tag.ORDERLY, Tag.FRIENDLY_STAFF, Tag.QUICK_ENTRY),
    *(Tag.CLEAR_SIGNS, Tag.ACCESSIBLE, Tag.EASY_BOOKING),
)
BAD_TAGS = (
    *(Tag.UNCLEAN, Tag.CROWDED, Tag.UNFRIENDLY_STAFF, Tag.LONG_WAIT, Tag.UNCLEAR_SIGNS),
    *(Tag.NOT_ACCESSIBLE, Tag.BOOKING_TROUBLE, Tag.UNSAFE, Tag.PRESSED_TO_PAY),
)
# 国办发〔2019〕51号 asks that every bad rating be looked into, put right within a set time (限期整改) and answered.
# How long is for cities to say (five working days in Dezhou's plan of 2020): `RatingVisits.put_right_within`.
PUT_RIGHT_WITHIN_WORKDAYS = 15
# Fewer than these and a figure tells what one person said.
FEWEST_SHOWN = 10
LONGEST_PERIOD = timedelta(days=366)
KEPT_FOR = timedelta(days=731)
SATURDAY = 6


def tags_for(level: Level) -> Sequence[Tag]:
    """Return the tags that a level may have; 基本满意 is neither praise nor blame, so it may have all."""
    if level is Level.BASICALLY_SATISFIED:
        return (*GOOD_TAGS, *BAD_TAGS)
    return GOOD_TAGS if level > WORST_GOOD else BAD_TAGS


def ensure_fitting(level: Level, tags: Sequence[Tag]) -> None:
    """Raise TagsRefused unless each tag is for this level and stands there once."""
    allowed = tags_for(level)
    faults = []
    for at, tag in enumerate(tags):
        if tag in tags[:at]:
            faults.append(FieldError(path=f"tags[{at}]", code="named_twice", detail="named twice"))
        elif tag not in allowed:
            detail = f"must be one of: {', '.join(allowed)}"
            faults.append(FieldError(path=f"tags[{at}]", code="not_allowed", detail=detail, values=(*allowed,)))
    if faults:
        raise TagsRefused(errors=tuple(faults))


def ensure_ratable(admitted: int, ends_at: datetime, now: datetime) -> None:
    """Raise NotVisited unless somebody entered, RatingTooLate when the slot ended 30 days ago or earlier."""
    if admitted == 0:
        raise NotVisited
    if now >= ends_at + RATED_WITHIN:
        raise RatingTooLate


def masked_words(words: str | None) -> str | None:
    """Return the words without telephones and documents; None where there are none."""
    return without_long_numbers(words) or None if words else None


def due_on(rated_on: date, workdays: int, is_workday: Workday) -> date:
    """Return the last day of a deadline of so many working days, the day after the rating being the first."""
    day = rated_on
    while workdays:
        day += timedelta(days=1)
        workdays -= is_workday(day)
    return day


def is_weekday(day: date) -> bool:
    """Tell whether a day is a working day by its weekday alone; an almanac knows of holidays and 调休, too."""
    return day.isoweekday() < SATURDAY


def is_bad(level: Level) -> bool:
    """Tell whether a rating of this level is a bad one (差评), which opens a ticket."""
    return level < WORST_GOOD


def new_ticket(last_day: date) -> Ticket:
    """Return the ticket of a bad rating."""
    return Ticket(
        state=TicketState.OPEN, due_on=last_day, escalated_at=None, measures=None, closed_on=None, closed_by=None
    )


def answered(rating: Rating, answer: Answer, version: int) -> Rating:
    """Return the rating with its answer, which may be a correction; raises RatingChanged.

    The same answer again, as after a reply that was lost, changes nothing.
    """
    if rating.answer is not None and rating.version == version + 1 and _is_same(rating.answer, answer):
        return rating
    if rating.version != version:
        raise RatingChanged
    kept = answer if rating.answer is None else replace(answer, answered_on=rating.answer.answered_on)
    ticket = rating.ticket
    if ticket is not None and ticket.state is TicketState.OPEN:
        ticket = replace(ticket, state=TicketState.ANSWERED)
    return replace(rating, answer=kept, ticket=ticket, version=version + 1)


def _is_same(one: Answer, other: Answer) -> bool:
    return (one.words, one.answered_by) == (other.words, other.answered_by)


def closed(rating: Rating, measures: str, actor_id: str, now: datetime) -> Rating:
    """Return the rating with its ticket closed; raises TicketUnknown, TicketUnanswered or TicketClosed."""
    ticket = rating.ticket
    if ticket is None:
        raise TicketUnknown
    if ticket.state is TicketState.CLOSED:
        raise TicketClosed
    if ticket.state is TicketState.OPEN:
        raise TicketUnanswered
    ended = replace(ticket, state=TicketState.CLOSED, measures=measures, closed_on=city_day(now), closed_by=actor_id)
    return replace(rating, ticket=ended, version=rating.version + 1)


def is_overdue(ticket: Ticket, today: date) -> bool:
    """Tell whether the deadline is over and the ticket is not."""
    return ticket.state is not TicketState.CLOSED and ticket.due_on < today


def period(from_on: date | None, to_on: date | None, today: date) -> tuple[date, date]:
    """Return the first and the last day that are asked for, by default the last year; raises PeriodRefused."""
    last = to_on or today
    first = from_on or last - LONGEST_PERIOD + timedelta(days=1)
    if first > last:
        raise PeriodRefused(FieldError(path="to", code="days_reversed", detail="`to` lies before `from`"))
    if last - first >= LONGEST_PERIOD:
        detail = f"at most {LONGEST_PERIOD.days} days"
        raise PeriodRefused(
            FieldError(path="from", code="window_too_long", detail=detail, values=(f"{LONGEST_PERIOD.days}",))
        )
    return first, last


def figures_of(days: Iterable[DayCount]) -> Figures | None:
    """Return what days count together; None for fewer than FEWEST_SHOWN ratings.

    The rate is that of GB/T 39735-2020's levels: very satisfied, satisfied and basically satisfied among all.
    """
    levels, tags = Counter[Level](), Counter[Tag]()
    for day in days:
        levels.update(day.levels)
        tags.update(day.tags)
    count = levels.total()
    if count < FEWEST_SHOWN:
        return None
    content = sum(number for level, number in levels.items() if level >= WORST_GOOD)
    return Figures(
        count=count,
        average=round(sum(level * number for level, number in levels.items()) / count, 2),
        satisfaction_rate=round(content / count, 4),
        levels={level: levels[level] for level in Level},
        tags=[(tag, tags[tag]) for tag in Tag if tags[tag]],
    )
