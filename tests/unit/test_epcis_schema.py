"""Our verdicts on documents against those of the JSON Schema that GS1 publishes, on thousands of spoilt documents.

The schema is not part of this project; where it does not lie beside it, this test is skipped.
"""

import json
import random
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker

from services.epcis.document_shapes import document as check_document
from services.epcis.shapes import Faults, TooManyFaults
from services.epcis.writing import document_of, query_document_of
from tests import epcis_examples as examples
from tests.epcis_mutations import spoilt

SCHEMA_FILE = Path(__file__).resolve().parents[2].parent / "shared" / "epcis" / "EPCIS-JSON-Schema.json"
pytestmark = pytest.mark.skipif(not SCHEMA_FILE.exists(), reason="the JSON Schema of GS1 is not beside the project")

SEED = 19987
MUTATIONS_OF_EACH = 250
MUTATIONS_OF_ALL = 150


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
