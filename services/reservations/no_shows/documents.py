"""How strikes and amnesties are written as documents."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.reservations.no_shows.model import Amnesty, Appeal, Decision, NoShow, Reason, State, Terms
from services.reservations.no_shows.rules import keep_until


def strike_document(strike: NoShow) -> dict[str, Any]:
    """Return the document of a strike; `waits_at` is there as long as an appeal waits."""
    return {
        "_id": strike.reservation_id,
        "public_id": strike.id,
        "citizen_id": strike.citizen_id,
        "group": strike.terms.group,
        "venue_id": strike.venue_id,
        "starts_at": strike.starts_at,
        "reason": strike.reason.value,
        "at": strike.at,
        "strikes": strike.terms.strikes,
        "strike_days": strike.terms.strike_days,
        "pause_days": strike.terms.pause_days,
        "expires_at": keep_until(strike),
        **changing(strike),
    }


def changing(strike: NoShow) -> dict[str, Any]:
    """Return the fields of a strike that change."""
    appeal = strike.appeal
    told = None if appeal is None else dict(vars(appeal))
    if told is not None and appeal is not None:
        told["decision"] = None if appeal.decision is None else appeal.decision.value
    return {"state": strike.state.value, "appeal": told, "answer": strike.answer}


def read_strike(document: Mapping[str, Any]) -> NoShow:
    """Return the strike of a document."""
    return NoShow(
        id=document["public_id"],
        reservation_id=document["_id"],
        citizen_id=document["citizen_id"],
        venue_id=document["venue_id"],
        starts_at=document["starts_at"],
        reason=Reason(document["reason"]),
        state=State(document["state"]),
        at=document["at"],
        terms=Terms(
            group=document["group"],
            strikes=document["strikes"],
            strike_days=document["strike_days"],
            pause_days=document["pause_days"],
        ),
        appeal=_read_appeal(document["appeal"]),
        answer=document["answer"],
    )


def _read_appeal(document: Mapping[str, Any] | None) -> Appeal | None:
    if document is None:
        return None
    decision = document["decision"]
    return Appeal(**{**document, "decision": None if decision is None else Decision(decision)})


def amnesty_document(amnesty: Amnesty, expires_at: datetime) -> dict[str, Any]:
    """Return the document of an amnesty that is to be applied."""
    fields = dict(vars(amnesty))
    fields["_id"] = fields.pop("id")
    return {**fields, "to_apply_since": amnesty.declared_at, "expires_at": expires_at}


def read_amnesty(document: Mapping[str, Any]) -> Amnesty:
    """Return the amnesty of a document."""
    kept = {name: value for name, value in document.items() if name not in {"_id", "to_apply_since", "expires_at"}}
    return Amnesty(id=document["_id"], **kept)
