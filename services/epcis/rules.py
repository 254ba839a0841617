"""What a document must keep to beyond its shape: contexts, prefixes, versions, sizes and times."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.epcis.bounds import MAX_EPCS, MAX_EVENTS
from services.epcis.contexts import check_names, names_standard, read_context
from services.epcis.formats import instant
from services.epcis.shapes import Faults

EARLY_BY = timedelta(minutes=5)
_EPC_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
_VERSION = re.compile("2[.][0-9]+([.][0-9]+)*")
_BODY = "epcisBody.eventList"


def event_path(index: int) -> str:
    """Return the path of an event within its document."""
    return f"{_BODY}[{index}]"


def check_envelope(document: Mapping[str, Any], event_count: int, faults: Faults) -> dict[str, str]:
    """Check a well-formed document apart from its events, of which there are so many; return its prefixes."""
    prefixes = read_context(document["@context"], "@context", faults)
    if not names_standard(document["@context"]):
        faults.add("@context", "context_missing", "the standard EPCIS context must be named")
    if not _VERSION.fullmatch(document["schemaVersion"]):
        faults.add("schemaVersion", "not_allowed", "EPCIS 2.0 and its minor versions only", "2.0")
    if event_count > MAX_EVENTS:
        faults.add(_BODY, "too_long", f"at most {MAX_EVENTS} events", str(MAX_EVENTS))
    around = {name: value for name, value in document.items() if name not in {"@context", "epcisBody"}}
    inside = {name: value for name, value in document["epcisBody"].items() if name != "eventList"}
    check_names(around, "", prefixes, faults)
    check_names(inside, "epcisBody", prefixes, faults)
    return prefixes


def check_event_rules(
    event: Mapping[str, Any], path: str, declared: Mapping[str, str], now: datetime, faults: Faults
) -> Mapping[str, str]:
    """Check a well-formed event of a document that declares these prefixes; return those in effect for it."""
    prefixes = declared
    if "@context" in event:
        prefixes = {**declared, **read_context(event["@context"], f"{path}.@context", faults)}
    check_names({name: value for name, value in event.items() if name != "@context"}, path, prefixes, faults)
    if instant(event["eventTime"]) > now + EARLY_BY:
        faults.add(f"{path}.eventTime", "event_in_future", "the event lies in the future")
    if sum(len(event.get(name, ())) for name in _EPC_LISTS) > MAX_EPCS:
        faults.add(path, "too_many_epcs", f"at most {MAX_EPCS} EPCs an event", str(MAX_EPCS))
    return prefixes
