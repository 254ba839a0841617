"""The shape of an EPCISDocument around its events."""

from typing import Any

from services.epcis.event_shapes import context, event
from services.epcis.shapes import (
    Faults,
    date_time,
    extensible,
    matching,
    number,
    one_of,
    open_record,
    sequence,
    text,
    uri,
)


def _attribute_value(value: Any, path: str, faults: Faults) -> None:
    if not isinstance(value, str | dict):
        number(value, path, faults)


_ELEMENT = open_record(
    {
        "id": uri,
        "attributes": sequence(open_record({"id": uri, "attribute": _attribute_value}, required=("id",))),
        "children": sequence(uri),
    },
    required=("id",),
)
_VOCABULARIES = sequence(open_record({"type": uri, "vocabularyElementList": sequence(_ELEMENT)}, required=("type",)))

document = extensible(
    {
        "@context": context,
        "id": uri,
        "type": one_of("EPCISDocument"),
        "schemaVersion": matching("[0-9]+(?:[.][0-9]+)*", "a version as 2.0 is expected"),
        "creationDate": date_time,
        "instanceIdentifier": text,
        "sender": text,
        "receiver": text,
        "epcisHeader": extensible({"epcisMasterData": open_record({"vocabularyList": _VOCABULARIES})}),
        "epcisBody": open_record({"eventList": sequence(event)}, required=("eventList",)),
    },
    required=("@context", "type", "schemaVersion", "creationDate", "epcisBody"),
)
