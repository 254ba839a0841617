"""Spoils EPCIS documents at random, in ways that hit the rules of the standard."""

import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

# Values that some field takes and others do not.
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    1.5,
    "",
    "word",
    "urn:chengma:item:1",
    "example:thing",
    "https://example.org/a b",
    "http://[::1]:80/x?y#z",
    "http://[::zz]/",
    "urn:%zz",
    "urn:epcglobal:cbv:bizstep:shipping",
    "urn:epcglobal:cbv:disp:active",
    "https://ns.gs1.org/cbv/BizStep-shipping",
    "http://ns.gs1.org/cbv/Disp-active",
    "https://ref.gs1.org/cbv/BizStep-shipping",
    "cbv:BizStep-shipping",
    "https://gs1.org/voc/Temperature",
    "http://www.gs1.org/voc/Temperature",
    "gs1:Temperature",
    "shipping",
    "active",
    "po",
    "location",
    "did_not_occur",
    "Temperature",
    "ERROR_CONDITION",
    "x",
    "OBSERVE",
    "ADD",
    "DELETE",
    "add",
    "KGM",
    "kgm",
    "KGMX",
    "0F",
    "0G",
    "2.0",
    "2",
    "v2",
    "+08:00",
    "+14:00",
    "-14:30",
    "8:00",
    "2026-03-01T00:00:00Z",
    "2026-03-01t00:00:00.123456789z",
    "2026-03-01T23:59:60Z",
    "2026-02-29T00:00:00Z",
    "2026-03-01T24:00:00Z",
    "2026-03-01T00:00:00",
    "2026-03-01",
    "2026-03-01 00:00:00Z",
    "EPCISDocument",
    "ObjectEvent",
    "AggregationEvent",
    "AssociationEvent",
    "TransactionEvent",
    "TransformationEvent",
    [],
    {},
    [[]],
    [{}],
    ["urn:a:1", "urn:a:1"],
    ["urn:a:1", "urn:a:2"],
    ["active", "active"],
    ["active"],
    {"id": "urn:a:1"},
    {"id": "urn:a:1", "more": 1},
    {"id": "word"},
    [{"epcClass": "urn:a:1"}],
    [{"epcClass": "urn:a:1", "quantity": "1"}],
    [{"bizTransaction": "urn:a:1"}],
    [{"source": "urn:a:1"}],
    {"set": ["active"]},
    {"declarationTime": "2026-03-01T00:00:00Z"},
    [{"sensorReport": []}],
    [{"sensorReport": [{"type": "Temperature"}]}],
    [{"a": 1}, {"a": 1}],
)
NAMES = (
    "unknown",
    "example:field",
    "https://example.org/field",
    "field name:x",
    "@id",
    "ilmd",
    "epcList",
    "quantityList",
    "childEPCs",
    "childQuantityList",
    "inputEPCList",
    "outputEPCList",
    "outputQuantityList",
    "parentID",
    "transformationID",
    "bizTransactionList",
    "sourceList",
    "destinationList",
    "sensorElementList",
    "readPoint",
    "action",
    "persistentDisposition",
    "errorDeclaration",
    "certificationInfo",
    "eventID",
    "recordTime",
    "@context",
    "type",
    "uom",
    "quantity",
    "id",
    "set",
    "unset",
    "component",
    "exception",
    "reason",
    "sensorMetadata",
    "epcisHeader",
    "vocabularyList",
    "attribute",
)


def containers(value: Any) -> Iterator[dict[str, Any] | list[Any]]:
    """Yield every object and list in a JSON value."""
    if isinstance(value, dict):
        yield value
        for member in value.values():
            yield from containers(member)
    elif isinstance(value, list):
        yield value
        for element in value:
            yield from containers(element)


def spoil_object(chosen: dict[str, Any], luck: random.Random) -> None:
    name = luck.choice([*chosen, luck.choice(NAMES)])
    what = luck.randrange(4)
    if what == 0:
        chosen.pop(name, None)
    elif what == 1:
        chosen[luck.choice(NAMES)] = deepcopy(luck.choice([*VALUES, *chosen.values()]))
    elif what == 2 and name in chosen:
        chosen[luck.choice(NAMES)] = chosen.pop(name)
    else:
        chosen[name] = deepcopy(luck.choice(VALUES))


def spoil_list(chosen: list[Any], luck: random.Random) -> None:
    what = luck.randrange(4)
    if what == 0:
        chosen.clear()
    elif what == 1 and chosen:
        chosen.append(deepcopy(luck.choice(chosen)))
    elif what == 2 and chosen:
        chosen.pop(luck.randrange(len(chosen)))
    else:
        chosen.append(deepcopy(luck.choice(VALUES)))


def spoilt(document: dict[str, Any], luck: random.Random) -> dict[str, Any]:
    """Return a copy with one to three things changed."""
    copy = deepcopy(document)
    for _ in range(luck.choice((1, 1, 1, 2, 3))):
        chosen = luck.choice(list(containers(copy)))
        if isinstance(chosen, dict):
            spoil_object(chosen, luck)
        else:
            spoil_list(chosen, luck)
    return copy
