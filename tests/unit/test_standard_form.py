"""The schemas of the standard have the form that readers, the dictionary and the check of compatibility rely on."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.sync.standard_files import load_documents, load_lock, load_standard, written_lock
from services.sync.model import RecordKind
from services.sync.standard.form import faults_of
from services.sync.standard.schemas import Standard, StandardIncomplete

DOCUMENTS = load_documents()
NAME = "finding.v1.schema.json"
Schema = dict[str, Any]
Spoil = Callable[[Schema], Any]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_schema_has_the_form(name: str) -> None:
    assert faults_of(DOCUMENTS[name], name) == []


def test_every_kind_of_record_has_a_schema() -> None:
    standard = load_standard()
    assert {standard.schema(kind).kind for kind in RecordKind} == set(RecordKind)


def property_of(schema: Schema, name: str) -> Schema:
    found: Schema = schema["properties"][name]
    return found


SPOILT: list[tuple[str, Spoil]] = [
    ("not a JSON Schema", lambda one: one.update(type="thing")),
    ("not a JSON Schema", lambda one: one.update({"$schema": "http://json-schema.org/draft-07/schema#"})),
    ("x-standard", lambda one: one.update({"x-standard": "nothing/1"})),
    ("x-standard", lambda one: one.pop("x-standard")),
    ("x-version", lambda one: one.update({"x-version": "1"})),
    ("x-version", lambda one: one.update({"x-version": "2.0"})),
    ("x-version", lambda one: one.update({"x-version": "1.01"})),
    ("the file is called", lambda one: one.update({"x-standard": "finding/2", "x-version": "2.0"})),
    ("$id is not", lambda one: one.update({"$id": "https://chengma.example/standard/other"})),
    ("an object", lambda one: one.update(type="array")),
    ("has an id", lambda one: (one["properties"].pop("id"), one["required"].remove("id"))),
    ("$: no title", lambda one: (one.pop("title"), one.pop("x-title-zh"))),
    ("come together", lambda one: one.pop("x-title-zh")),
    ("come together", lambda one: property_of(one, "state").update(description="alone")),
    ("not in Chinese", lambda one: property_of(one, "state").update({"x-title-zh": "State"})),
    ("full-width", lambda one: property_of(one, "state").update({"x-title-zh": "状态,见下"})),
    ("additionalProperties", lambda one: one.pop("additionalProperties")),
    ("additionalProperties", lambda one: one.update(additionalProperties=True)),
    ("not all properties are required", lambda one: one["required"].remove("state")),
    ("not all properties are required", lambda one: one["required"].append("nothing")),
    ("x-enum-zh", lambda one: property_of(one, "state")["x-enum-zh"].pop("open")),
    ("x-enum-en", lambda one: property_of(one, "state").pop("x-enum-en")),
    ("x-enum-en", lambda one: property_of(one, "state")["x-enum-en"].update(more="More")),
    ("empty word", lambda one: property_of(one, "state")["x-enum-zh"].update(open="")),
    ("null must be", lambda one: property_of(one, "state")["enum"].append(None)),
    ("does not understand anyOf", lambda one: property_of(one, "state").update(anyOf=[{}])),
    ("does not understand $ref", lambda one: property_of(one, "state").update({"$ref": "#"})),
    ("code list ISO 8601", lambda one: property_of(one, "found_on").pop("x-code-list")),
    ("is not described", lambda one: property_of(one, "found_on").update({"x-code-list": "GB 0"})),
    ("a format other than", lambda one: property_of(one, "found_on").update(format="email")),
    ("no such kind of records", lambda one: property_of(one, "check_in_id").update({"x-record": "thing"})),
    ("what is expected may be null", lambda one: property_of(one, "state").update({"x-expected": True})),
    ("no type", lambda one: property_of(one, "state").pop("type")),
    ("a list of what", lambda one: property_of(one, "reinspections").pop("items")),
    (
        "small letters",
        lambda one: (one["properties"].update(Bad=one["properties"]["id"]), one["required"].append("Bad")),
    ),
    (
        "first level only",
        lambda one: property_of(one, "reinspections")["items"]["properties"]["remedy"].update({"x-pseudonym": "staff"}),
    ),
    ("additionalProperties", lambda one: property_of(one, "reinspections")["items"].pop("additionalProperties")),
]


@pytest.mark.parametrize(("told", "spoil"), SPOILT)
def test_what_is_out_of_form_is_told(told: str, spoil: Spoil) -> None:
    schema = copy.deepcopy(dict(DOCUMENTS[NAME]))
    spoil(schema)
    faults = faults_of(schema, NAME)
    assert any(told in fault for fault in faults), faults
    assert all(fault.startswith(f"{NAME}: ") for fault in faults)


def test_the_highest_major_version_is_the_one_that_is_sent() -> None:
    second = {**DOCUMENTS["slot.v1.schema.json"], "x-standard": "slot/2", "x-version": "2.0"}
    tenth = {**second, "x-standard": "slot/10", "x-version": "10.0"}
    standard = Standard([tenth, *DOCUMENTS.values(), second])
    assert standard.schema(RecordKind.SLOT).standard == "slot/10"
    assert standard.schema(RecordKind.TASK).standard == "task/1"


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(StandardIncomplete, match="there are no schemas"):
        load_standard(tmp_path)
    (tmp_path / "slot.v1.schema.json").write_text("[]", encoding="utf-8")
    with pytest.raises(StandardIncomplete, match="not an object"):
        load_standard(tmp_path)
    (tmp_path / "slot.v1.schema.json").write_text("{", encoding="utf-8")
    with pytest.raises(StandardIncomplete, match=r"slot\.v1"):
        load_standard(tmp_path)
    (tmp_path / "slot.v1.schema.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StandardIncomplete):
        load_standard(tmp_path)
    assert load_lock(tmp_path) == {}


def test_no_schema_asks_for_what_must_stay_here() -> None:
    """Of persons: only codes and pseudonyms leave."""
    forbidden = ("contact", "phone", "visitor", "citizen", "openid", "note", "answer_text", "nonce", "account")
    named = {
        f"{schema.standard}: {name}"
        for kind in RecordKind
        for schema in [load_standard().schema(kind)]
        for name in schema.document["properties"]
        if any(word in name.split("_") for word in forbidden)
    }
    assert named == set()


def test_the_lock_is_written_the_same_way_each_time() -> None:
    lock = load_lock()
    assert written_lock(dict(reversed(list(lock.items())))) == written_lock(lock)
