"""What breaks readers of our records is caught: kind by kind, and for schemas and records at random."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from server.sync.standard_files import FOLDER, LOCK_NAME, load_documents, load_lock, written_lock
from services.sync.standard.compatibility import Verdict, compare_all, lock_of

DOCUMENTS = load_documents()
Schema = dict[str, Any]
Change = Callable[[Schema], Any]


def base() -> Schema:
    """Return a schema with everything in it that can be promised."""
    return {
        "x-standard": "finding/1",
        "x-version": "1.3",
        "type": "object",
        "additionalProperties": False,
        "required": ["id", "state", "size", "weight", "day", "owner", "lines", "tags", "place", "note", "flag"],
        "properties": {
            "id": {"type": "string", "pattern": "^fnd_", "minLength": 5, "maxLength": 30},
            "state": {"type": "string", "enum": ["open", "closed"]},
            "size": {"type": "integer", "minimum": 0, "maximum": 9, "exclusiveMaximum": 10},
            "weight": {"type": "number", "exclusiveMinimum": 0},
            "day": {"type": ["string", "null"], "format": "date", "x-code-list": "ISO 8601", "x-expected": True},
            "owner": {"type": "string", "x-record": "outlet", "x-pseudonym": "staff"},
            "lines": {
                "type": "array",
                "minItems": 1,
                "maxItems": 5,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["what"],
                    "properties": {"what": {"type": "string", "enum": ["a", "b"]}},
                },
            },
            "tags": {"type": "array", "uniqueItems": True, "items": {"type": "string", "pattern": "^[a-z]+$"}},
            "place": {
                "type": "object",
                "additionalProperties": False,
                "required": ["lng"],
                "properties": {"lng": {"type": "number", "minimum": -180, "maximum": 180}},
            },
            "note": {"type": ["string", "null"], "enum": ["x", None]},
            "flag": {"type": "boolean"},
        },
    }


def verdict_on(change: Change, version: str = "1.3") -> Verdict:
    now = base()
    change(now)
    now["x-version"] = version
    [verdict] = compare_all([now], lock_of([base()]))
    return verdict


def put(name: str, **said: Any) -> Change:
    return lambda one: one["properties"][name].update(said)


def drop(name: str, *keywords: str) -> Change:
    return lambda one: [one["properties"][name].pop(keyword) for keyword in keywords]


def remove(one: Schema, name: str) -> None:
    del one["properties"][name]
    one["required"].remove(name)


BREAKING: list[tuple[str, Change]] = [
    ("state: removed", lambda one: remove(one, "state")),
    ("lines[].what: removed", lambda one: one["properties"]["lines"]["items"].update(properties={}, required=[])),
    ("place.lng: removed", lambda one: one["properties"]["place"].update(properties={}, required=[])),
    ("state: may be left out", lambda one: one["required"].remove("state")),
    ("lines[].what: may be left out", lambda one: one["properties"]["lines"]["items"].update(required=[])),
    ("$: may have members", lambda one: one.update(additionalProperties=True)),
    ("$: may have members", lambda one: one.pop("additionalProperties")),
    ("place: may have members", drop("place", "additionalProperties")),
    ("flag: may now be null", put("flag", type=["boolean", "null"])),
    ("flag: may now be string", put("flag", type="string")),
    ("size: may now be number", put("size", type="number")),
    ("state: may now be null", put("state", type=["string", "null"], enum=["open", "closed", None])),
    ("lines: may now be null", put("lines", type=["array", "null"])),
    ("tags[]: may now be integer", put("tags", items={"type": "integer", "pattern": "^[a-z]+$"})),
    ("state: may now be held", put("state", enum=["open", "closed", "held"])),
    ("state: may now be held", put("state", enum=["held"])),
    ("state: has no closed list", drop("state", "enum")),
    ("note: has no closed list", drop("note", "enum")),
    ("day: format is another", drop("day", "format")),
    ("day: format is another", put("day", format="date-time")),
    ("id: pattern is another", drop("id", "pattern")),
    ("id: pattern is another", put("id", pattern="^fnd")),
    ("tags[]: pattern is another", put("tags", items={"type": "string"})),
    ("day: x-code-list is another", put("day", **{"x-code-list": "GB/T 2260"})),
    ("day: x-code-list is another", drop("day", "x-code-list")),
    ("owner: x-record is another", put("owner", **{"x-record": "plate"})),
    ("owner: x-pseudonym is another", put("owner", **{"x-pseudonym": "admission"})),
    ("owner: x-pseudonym is another", drop("owner", "x-pseudonym")),
    ("id: ids that were known are now pseudonyms", put("id", **{"x-pseudonym": "staff"})),
    ("id: minLength is lower", put("id", minLength=4)),
    ("id: minLength is lower", drop("id", "minLength")),
    ("id: maxLength is higher", put("id", maxLength=31)),
    ("id: maxLength is higher", drop("id", "maxLength")),
    ("size: minimum is lower", put("size", minimum=-1)),
    ("size: maximum is higher", put("size", maximum=10)),
    ("size: exclusiveMaximum is higher", drop("size", "exclusiveMaximum")),
    ("weight: exclusiveMinimum is lower", put("weight", exclusiveMinimum=-0.5)),
    ("lines: minItems is lower", drop("lines", "minItems")),
    ("lines: maxItems is higher", put("lines", maxItems=6)),
    ("tags: may have the same item twice", drop("tags", "uniqueItems")),
    ("place.lng: maximum is higher", lambda one: one["properties"]["place"]["properties"]["lng"].update(maximum=181)),
    ("lines[]: removed", put("lines", type="array", items={"type": "string"})),
]
KEPT: list[tuple[str, Change]] = [
    ("more: added", lambda one: (one["properties"].update(more={"type": "string"}), one["required"].append("more"))),
    (
        "place.lat: added",
        lambda one: (
            one["properties"]["place"]["properties"].update(lat={"type": "number"}),
            one["properties"]["place"]["required"].append("lat"),
        ),
    ),
    ("state: promises", put("state", enum=["open"])),
    ("flag: promises", put("flag", **{"x-code-list": "GB 32100"})),
    ("day: promises", put("day", type="string")),
    ("day: promises", drop("day", "x-expected")),
    ("weight: promises", put("weight", type="integer")),
    ("weight: promises", put("weight", exclusiveMinimum=1)),
    ("id: promises", put("id", maxLength=20)),
    ("flag: promises", put("flag", enum=[True])),
    ("id: promises", put("id", **{"x-record": "finding"})),
]


@pytest.mark.parametrize(("told", "change"), BREAKING)
def test_what_breaks_readers_is_caught_whatever_the_minor_version(told: str, change: Change) -> None:
    if told == "lines[]: removed":
        told = "lines[].what: removed"
    for version in ("1.3", "1.4"):
        verdict = verdict_on(change, version)
        said = [f"{one.path}: {one.what}" for one in verdict.breaking]
        assert any(one.startswith(told) for one in said), said
        assert not verdict.may_be_released


@pytest.mark.parametrize(("told", "change"), KEPT)
def test_what_keeps_promises_needs_a_higher_minor_version(told: str, change: Change) -> None:
    same = verdict_on(change)
    assert same.breaking == ()
    assert f"{same.other[0].path}: {same.other[0].what}".startswith(told)
    assert not same.may_be_released
    assert verdict_on(change, "1.4").may_be_released
    assert verdict_on(change, "1.10").may_be_released
    assert not verdict_on(change, "1.2").may_be_released


def test_words_may_be_improved_and_versions_may_not_go_back() -> None:
    assert verdict_on(put("state", title="Where it stands")) == Verdict(standard="finding/1")
    assert verdict_on(lambda _: None, "1.4") == Verdict(standard="finding/1", unreleased=True)
    assert not verdict_on(lambda _: None, "1.2").may_be_released


def test_a_new_major_version_lives_beside_the_old_one() -> None:
    second = base()
    remove(second, "state")
    second |= {"x-standard": "finding/2", "x-version": "2.0"}
    first, new = compare_all([base(), second], lock_of([base()]))
    assert (first.unreleased, first.may_be_released) == (False, True)
    assert (new.standard, new.unreleased, new.may_be_released) == ("finding/2", True, True)


def test_a_released_version_does_not_vanish() -> None:
    [verdict] = compare_all([], lock_of([base()]))
    assert verdict.standard == "finding/1"
    assert not verdict.may_be_released


def test_the_standard_is_as_released() -> None:
    """Fails on a breaking change without a new major version, on any other without a minor one, and on neither."""
    verdicts = compare_all(DOCUMENTS.values(), load_lock())
    assert [one for one in verdicts if not one.may_be_released] == []
    assert [one.standard for one in verdicts if one.unreleased] == [], "run ./scripts/standard release"
    assert (FOLDER / LOCK_NAME).read_text(encoding="utf-8") == written_lock(lock_of(DOCUMENTS.values()))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_property_of_the_real_standard_is_guarded(name: str) -> None:
    for gone in DOCUMENTS[name]["properties"]:
        now = copy.deepcopy(dict(DOCUMENTS[name]))
        remove(now, gone)
        verdict = next(one for one in compare_all([now], lock_of([DOCUMENTS[name]])))
        assert [one.what for one in verdict.breaking if one.path == gone] == ["removed"]
