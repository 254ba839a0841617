"""Ownership and its page, schemas of what comes from the main system, and when all is compared."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from server.embedded import PROJECT
from server.sync.inbound import load_schemas
from services.identity.model import StaffAccount
from services.sync.inbound.model import FieldOwner, ReferenceKind
from services.sync.inbound.ownership import OWNERSHIP, PERSONAL, table
from services.sync.inbound.rules import compare_due
from services.sync.inbound.schemas import InboundSchemas, as_json
from tests.inbound import SOUND

FOLDER = PROJECT / "docs" / "standard" / "inbound"
DOCUMENTS = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def test_the_page_shows_the_table() -> None:
    page = (PROJECT / "docs" / "sync-inbound.md").read_text(encoding="utf-8")
    assert "\n".join(table()) in page


def _of(kind: ReferenceKind) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENTS[f"{kind}.v1.schema.json"]
    return found


@pytest.mark.parametrize("kind", list(ReferenceKind))
def test_every_field_has_an_owner(kind: ReferenceKind) -> None:
    document = _of(kind)
    assert set(document["properties"]) <= set(OWNERSHIP[kind])
    ours = {name for name, owner in OWNERSHIP[kind].items() if owner is FieldOwner.HERE}
    given = set(document["properties"]) | {"external_id"}
    assert {name for name, owner in OWNERSHIP[kind].items() if owner is FieldOwner.MAIN} <= given
    # What is ours may be left out, but for what a new thing cannot be without.
    assert ours & set(document["required"]) <= {"position"}
    assert PERSONAL.get(kind, frozenset()) <= set(OWNERSHIP[kind])


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_schemas_speak_both_languages(name: str) -> None:
    document = DOCUMENTS[name]
    assert document["$schema"].endswith("2020-12/schema")
    assert document["$id"].endswith(f"/inbound/{name}")
    Draft202012Validator(document)
    for one in _objects(document):
        assert one.get("additionalProperties", False) is False or "x-title-zh" in one
    for part in [document, *document["properties"].values()]:
        assert part["title"]
        assert part["x-title-zh"]
        assert ("description" in part) == ("x-description-zh" in part)


def _objects(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [found for inner in part for found in _objects(inner)]
    if not isinstance(part, dict):
        return []
    own = [part] if "properties" in part and isinstance(part["properties"], dict) else []
    return own + [found for inner in part.values() for found in _objects(inner)]


@pytest.mark.parametrize("kind", list(ReferenceKind))
def test_sound_data_pass(kind: ReferenceKind) -> None:
    assert load_schemas().flaws(kind, SOUND[kind]) == []


@pytest.mark.parametrize(
    ("kind", "changes", "path", "rule"),
    [
        (ReferenceKind.DIVISION, {"code": "310100"}, "code", "pattern"),
        (ReferenceKind.DIVISION, {"city_code": "320100"}, "city_code", "other_province"),
        (ReferenceKind.OUTLET, {"uscc": "91310000MA1FL0000M"}, "uscc", "uscc_invalid"),
        (ReferenceKind.INSPECTOR, {"name": "张三"}, "$", "additionalProperties"),
        (ReferenceKind.INSPECTOR, {"username": "张三"}, "username", "pattern"),
        (ReferenceKind.INSPECTOR, {"division_codes": []}, "division_codes", "minItems"),
        (ReferenceKind.VENUE, {"position": {"lng": 31.2, "lat": 121.4}}, "position.lng", "minimum"),
    ],
)
def test_what_is_wrong_is_named(kind: ReferenceKind, changes: dict[str, Any], path: str, rule: str) -> None:
    found = load_schemas().flaws(kind, {**SOUND[kind], **changes})
    assert (path, rule) in [(one.path, one.rule) for one in found]


def test_a_licence_cannot_end_before_it_begins() -> None:
    licence = {**SOUND[ReferenceKind.OUTLET]["licence"], "valid_to": "2025-01-01"}
    (flaw,) = load_schemas().flaws(ReferenceKind.OUTLET, {**SOUND[ReferenceKind.OUTLET], "licence": licence})
    assert (flaw.path, flaw.rule) == ("licence.valid_to", "ends_before_start")


def test_a_kind_without_a_schema_is_said() -> None:
    with pytest.raises(ValueError, match="venue"):
        InboundSchemas(one for one in DOCUMENTS.values() if "venue" not in one["$id"])


@pytest.mark.parametrize("value", [datetime(2026, 1, 1, tzinfo=UTC), b"x", float("nan"), float("inf"), {1}, Path()])
def test_what_json_does_not_have_is_taken_by_no_schema(value: Any) -> None:
    assert as_json(value) == {"$not_json": True}
    assert load_schemas().flaws(ReferenceKind.DIVISION, {**SOUND[ReferenceKind.DIVISION], "name": value})


def test_an_account_is_active_unless_said_otherwise() -> None:
    assert StaffAccount.__dataclass_fields__["active"].default is True


@pytest.mark.parametrize(
    ("compared", "now", "due"),
    [
        (None, "2026-11-22T00:00:00Z", True),
        ("2026-11-21T17:59:00Z", "2026-11-21T18:00:00Z", True),  # 02:00 of the 22nd in the city
        ("2026-11-21T18:00:00Z", "2026-11-22T17:59:00Z", False),
        ("2026-11-21T18:00:00Z", "2026-11-22T18:00:00Z", True),
        ("2026-11-21T10:00:00Z", "2026-11-21T17:59:59Z", False),
        ("2026-11-20T10:00:00Z", "2026-11-21T10:00:00Z", True),
    ],
)
def test_all_is_compared_once_a_night(compared: str | None, now: str, due: bool) -> None:  # noqa: FBT001
    before = None if compared is None else datetime.fromisoformat(compared)
    assert compare_due(before, datetime.fromisoformat(now)) is due
