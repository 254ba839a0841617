"""Reads events from their JSON, and compares them by what they mean."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.epcis.contexts import expand, used_prefixes
from services.epcis.formats import instant, is_instant
from services.epcis.hashing import event_hash
from services.epcis.model import Action, EpcisEvent, ErrorDeclaration, EventType
from services.epcis.vocabulary import BIZ_STEP, DISPOSITION, ERROR_REASON, PARTY_TYPE, TRANSACTION_TYPE, Vocabulary


def read_event(body: Mapping[str, Any]) -> EpcisEvent:
    """Read an event that has been checked, as `EpcisEvent.body` describes it; the body is kept as it is."""
    persistent = body.get("persistentDisposition", {})
    return EpcisEvent(
        event_id=body.get("eventID") or event_hash(body),
        type=EventType(body["type"]),
        event_time=instant(body["eventTime"]),
        offset=body["eventTimeZoneOffset"],
        action=Action(body["action"]) if "action" in body else None,
        biz_step=_word(BIZ_STEP, body.get("bizStep")),
        disposition=_word(DISPOSITION, body.get("disposition")),
        persistent_set=tuple(DISPOSITION.word_of(value) for value in persistent.get("set", ())),
        persistent_unset=tuple(DISPOSITION.word_of(value) for value in persistent.get("unset", ())),
        read_point=body.get("readPoint", {}).get("id"),
        biz_location=body.get("bizLocation", {}).get("id"),
        epcs=tuple(body.get("epcList", ())),
        parent=body.get("parentID"),
        children=tuple(body.get("childEPCs", ())),
        inputs=tuple(body.get("inputEPCList", ())),
        outputs=tuple(body.get("outputEPCList", ())),
        transformation_id=body.get("transformationID"),
        sources=tuple((PARTY_TYPE.word_of(entry["type"]), entry["source"]) for entry in body.get("sourceList", ())),
        destinations=tuple(
            (PARTY_TYPE.word_of(entry["type"]), entry["destination"]) for entry in body.get("destinationList", ())
        ),
        transactions=tuple(
            (_word(TRANSACTION_TYPE, entry.get("type")), entry["bizTransaction"])
            for entry in body.get("bizTransactionList", ())
        ),
        ilmd=body.get("ilmd", {}),
        error=_read_error(body.get("errorDeclaration")),
        body=body,
    )


def body_of(event: Mapping[str, Any], prefixes: Mapping[str, str]) -> dict[str, Any]:
    """Return an event of a document as `EpcisEvent.body` has it; `prefixes` are those in effect for it."""
    body = {name: value for name, value in event.items() if name not in {"@context", "recordTime"}}
    used = used_prefixes(body, prefixes)
    return {"@context": used, **body} if used else body


def meaning(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the normal form of a body: two bodies mean the same if their normal forms are equal.

    Names and prefixed texts are written out, instants are in UTC, an eventID is there, the order of members is lost.
    """
    prefixes = body.get("@context", {})
    plain = {name: value for name, value in body.items() if name not in {"@context", "recordTime"}}
    normal: dict[str, Any] = _normal(plain, prefixes)
    normal.setdefault("eventID", event_hash(body))
    if isinstance(normal.get("certificationInfo"), str):
        normal["certificationInfo"] = [normal["certificationInfo"]]
    return normal


def _normal(value: Any, prefixes: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {expand(name, prefixes): _normal(member, prefixes) for name, member in value.items()}
    if isinstance(value, list):
        return [_normal(element, prefixes) for element in value]
    if not isinstance(value, str):
        return value
    return _normal_instant(value) if is_instant(value) else expand(value, prefixes)


def _normal_instant(text: str) -> datetime | str:
    try:
        return instant(text)
    except OverflowError:  # the first or last day of the calendar, in an extension
        return text


def _word(vocabulary: Vocabulary, value: str | None) -> str | None:
    return None if value is None else vocabulary.word_of(value)


def _read_error(declaration: Mapping[str, Any] | None) -> ErrorDeclaration | None:
    if declaration is None:
        return None
    return ErrorDeclaration(
        declared_at=instant(declaration["declarationTime"]),
        reason=_word(ERROR_REASON, declaration.get("reason")),
        corrective_ids=tuple(declaration.get("correctiveEventIDs", ())),
    )
