"""Ratings as documents; days are texts, which sort as days do."""

from datetime import date
from typing import Any

from services.ratings.model import Answer, DayCount, Level, Rating, Tag, Ticket, TicketState

Document = dict[str, Any]


def document_of(rating: Rating) -> Document:
    """Return the rating's document."""
    answer, ticket = rating.answer, rating.ticket
    return {
        "_id": rating.id,
        "venue_id": rating.venue_id,
        "seen_by": list(rating.seen_by),
        "visit_on": rating.visit_on.isoformat(),
        "rated_on": rating.rated_on.isoformat(),
        "place": place_of(rating),
        "level": rating.level.value,
        "tags": [tag.value for tag in rating.tags],
        "words": rating.words,
        "origin": rating.origin,
        "version": rating.version,
        "answer": None if answer is None else {**vars(answer), "answered_on": answer.answered_on.isoformat()},
        "ticket": None if ticket is None else _ticket_document(ticket),
        **_waiting(rating),
    }


def place_of(rating: Rating) -> str:
    """Return the rating's place in the list of its venue."""
    return f"{rating.rated_on.isoformat()}:{rating.id}"


def due_place_of(rating: Rating) -> str:
    """Return the rating's place among tickets; empty for one that has none."""
    return "" if rating.ticket is None else f"{rating.ticket.due_on.isoformat()}:{rating.id}"


def _waiting(rating: Rating) -> Document:
    """Return what a document has only while its ticket waits for something."""
    ticket = rating.ticket
    if ticket is None or ticket.state is TicketState.CLOSED:
        return {}
    waiting: Document = {"waits_for": list(rating.seen_by), "due_place": due_place_of(rating)}
    return waiting if ticket.escalated_at else waiting | {"escalate_on": ticket.due_on.isoformat()}


def _ticket_document(ticket: Ticket) -> Document:
    return {
        **vars(ticket),
        "state": ticket.state.value,
        "due_on": ticket.due_on.isoformat(),
        "closed_on": None if ticket.closed_on is None else ticket.closed_on.isoformat(),
    }


def rating_of(document: Document) -> Rating:
    """Return the rating of a document."""
    return Rating(
        id=document["_id"],
        venue_id=document["venue_id"],
        seen_by=tuple(document["seen_by"]),
        visit_on=date.fromisoformat(document["visit_on"]),
        rated_on=date.fromisoformat(document["rated_on"]),
        level=Level(document["level"]),
        tags=tuple(Tag(tag) for tag in document["tags"]),
        words=document["words"],
        origin=document["origin"],
        version=document["version"],
        answer=_answer_of(document["answer"]),
        ticket=_ticket_of(document["ticket"]),
    )


def _answer_of(document: Document | None) -> Answer | None:
    if document is None:
        return None
    return Answer(**{**document, "answered_on": date.fromisoformat(document["answered_on"])})


def _ticket_of(document: Document | None) -> Ticket | None:
    if document is None:
        return None
    closed_on = document["closed_on"]
    return Ticket(
        **{
            **document,
            "state": TicketState(document["state"]),
            "due_on": date.fromisoformat(document["due_on"]),
            "closed_on": None if closed_on is None else date.fromisoformat(closed_on),
        }
    )


def day_count_of(document: Document) -> DayCount:
    """Return the count of a day."""
    return DayCount(
        levels={Level(int(level)): number for level, number in document["levels"].items()},
        tags={Tag(tag): number for tag, number in document["tags"].items()},
    )
