"""How calls and notices are written as documents."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from services.notifications.model import Notice, NoticeCall, NoticeKind, NoticeState, Parcel

KEEP = timedelta(days=30)


def call_document(call: NoticeCall) -> dict[str, Any]:
    """Return a call as it is kept within its parcel."""
    return {
        "kind": call.kind.value,
        "subject_id": call.subject_id,
        "citizen_id": call.citizen_id,
        "venue_id": call.venue_id,
        "facts": dict(call.facts),
        "due_at": call.due_at,
        "expires_at": call.expires_at,
    }


def read_parcel(document: Mapping[str, Any]) -> Parcel:
    """Return the parcel of a document."""
    calls = tuple(read_call(call) for call in document["calls"])
    return Parcel(id=document["_id"], told_at=document["told_at"], calls=calls)


def read_call(document: Mapping[str, Any]) -> NoticeCall:
    """Return the call of a document."""
    return NoticeCall(**{**document, "kind": NoticeKind(document["kind"])})


def notice_document(notice: Notice) -> dict[str, Any]:
    """Return a new notice as it is kept; `forget_at` is when the database removes it."""
    return {
        "_id": notice.key,
        "notice_id": notice.id,
        "kind": notice.kind.value,
        "subject_id": notice.subject_id,
        "citizen_id": notice.citizen_id,
        "venue_id": notice.venue_id,
        "facts": dict(notice.facts),
        "made_at": notice.made_at,
        "due_at": notice.due_at,
        "expires_at": notice.expires_at,
        "state": notice.state.value,
        "fence": notice.fence,
        "tries": notice.tries,
        "holder": None,
        "code": notice.code,
        "ended_at": notice.ended_at,
        "forget_at": max(notice.due_at, notice.expires_at) + KEEP,
    }


def read_notice(document: Mapping[str, Any]) -> Notice:
    """Return the notice of a document."""
    return Notice(
        id=document["notice_id"],
        key=document["_id"],
        kind=NoticeKind(document["kind"]),
        subject_id=document["subject_id"],
        citizen_id=document["citizen_id"],
        venue_id=document["venue_id"],
        facts=document["facts"],
        made_at=document["made_at"],
        due_at=document["due_at"],
        expires_at=document["expires_at"],
        state=NoticeState(document["state"]),
        fence=document["fence"],
        tries=document["tries"],
        code=document["code"],
        ended_at=document["ended_at"],
    )
