"""Our verdicts on documents against those of the JSON Schema that GS1 publishes, on thousands of spoilt documents.

The schema is not part of this project; where it does not lie beside it, this test is skipped.
"""

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker

from services.epcis.document_shapes import document as check_document
from services.epcis.shapes import Faults, TooManyFaults
from services.epcis.writing import document_of, query_document_of
from tests import epcis_examples as examples

SCHEMA_FILE = Path(__file__).resolve().parents[2].parent / "shared" / "epcis" / "EPCIS-JSON-Schema.json"
pytestmark = pytest.mark.skipif(not SCHEMA_FILE.exists(), reason="the JSON Schema of GS1 is not beside the project")

SEED = 19987
MUTATIONS_OF_EACH = 250
MUTATIONS_OF_ALL = 150

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


def verdict(document: Any) -> tuple[bool, Faults]:
    faults = Faults()
    with suppress(TooManyFaults):
        check_document(document, "", faults)
    return not faults.found, faults


def is_deliberately_refused(document: Any, faults: Faults) -> bool:
    """Tell whether we refuse on purpose what the schema lets pass.

    - The schema is also one of query documents and of single events; a capture takes an EPCISDocument only.
    - It lets events of other types pass with hardly a look at them; we know nothing to do with them.
    - Instants in the years 1 and 9999 need not be instants in UTC.
    """
    if document.get("type") != "EPCISDocument":
        return True
    return all(fault.code in {"event_type_unsupported", "out_of_range"} for fault in faults.found)


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    text = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return Draft7Validator(text, format_checker=FormatChecker(("uri", "date-time")))


def test_the_formats_are_really_checked(schema: Draft7Validator) -> None:
    broken = examples.document(examples.OBJECT_OBSERVE, creationDate="yesterday")
    assert not schema.is_valid(broken)
    assert not schema.is_valid(examples.document(examples.OBJECT_OBSERVE, id="word"))


def test_the_examples_are_valid_for_both(schema: Draft7Validator) -> None:
    assert [error.message for error in schema.iter_errors(examples.EVERYTHING)] == []
    assert verdict(examples.EVERYTHING)[1].found == []


@pytest.mark.parametrize("name", [*examples.EVENTS, "everything"])
def test_verdicts_are_the_same_on_spoilt_documents(name: str, schema: Draft7Validator) -> None:
    luck = random.Random(f"{SEED} {name}")
    whole = name == "everything"
    document = examples.EVERYTHING if whole else examples.document(examples.EVENTS[name])
    verdicts = {True: 0, False: 0}
    for _ in range(MUTATIONS_OF_ALL if whole else MUTATIONS_OF_EACH):
        candidate = spoilt(document, luck)
        ours, faults = verdict(candidate)
        theirs = schema.is_valid(candidate)
        if theirs and not ours and is_deliberately_refused(candidate, faults):
            continue
        verdicts[theirs] += 1
        assert ours == theirs, (json.dumps(candidate, ensure_ascii=False), faults.found)
    assert min(verdicts.values()) > 5, "both verdicts occur"


def test_what_is_written_is_valid(schema: Draft7Validator) -> None:
    now = datetime(2026, 4, 1, tzinfo=UTC)
    read = examples.read(*examples.EVENTS.values())
    for write in (document_of, query_document_of):
        written = write([(event, now) for event in read], now)
        assert [error.message for error in schema.iter_errors(written)] == []
