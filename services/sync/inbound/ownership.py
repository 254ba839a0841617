"""Field ownership: whose word counts on which field of what the main system tells of. docs/sync-inbound.md shows it."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.sync.inbound.model import FieldOwner, ReferenceKind

MAIN, HERE = FieldOwner.MAIN, FieldOwner.HERE

OWNERSHIP: Mapping[ReferenceKind, Mapping[str, FieldOwner]] = {
    ReferenceKind.DIVISION: {"code": MAIN, "city_code": MAIN, "name": MAIN, "name_en": MAIN, "pinyin": MAIN},
    ReferenceKind.VENUE: {
        "name": MAIN,
        "name_en": MAIN,
        "pinyin": MAIN,
        "kind": MAIN,
        "address": MAIN,
        "district_code": MAIN,
        "organisation_key": MAIN,
        "position": MAIN,
        "usual_hours": HERE,
        "gates": HERE,
        "max_party_size": HERE,
        "about": HERE,
        "about_en": HERE,
    },
    ReferenceKind.ITEM_TYPE: {
        "owner_code": MAIN,
        "name": MAIN,
        "name_en": MAIN,
        "attributes_schema": MAIN,
        "public_attributes": MAIN,
        "required_inspections": MAIN,
        "label": HERE,
    },
    ReferenceKind.INSPECTOR: {
        "username": MAIN,
        "division_codes": MAIN,
        "active": MAIN,
        "password": HERE,
        "second_factor": HERE,
    },
    ReferenceKind.OUTLET: {
        "name": MAIN,
        "name_en": MAIN,
        "kind": MAIN,
        "address": MAIN,
        "district_code": MAIN,
        "uscc": MAIN,
        "licence": MAIN,
        "external_id": MAIN,
        "position": HERE,
        "contacts": HERE,
        "state": HERE,
        "plates": HERE,
    },
}
# Of these only the names are written down, never the values.
PERSONAL: Mapping[ReferenceKind, frozenset[str]] = {ReferenceKind.INSPECTOR: frozenset({"username"})}


def owned_by_main(kind: ReferenceKind, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return those of the fields that are the main system's."""
    return {name: value for name, value in data.items() if OWNERSHIP[kind][name] is MAIN}


def owned_here(kind: ReferenceKind, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return those of the fields that are ours."""
    return {name: value for name, value in data.items() if OWNERSHIP[kind][name] is HERE}


def table() -> Iterator[str]:
    """Yield the lines of the table that people read."""
    yield "| kind | the main system owns | this service owns |"
    yield "|---|---|---|"
    for kind, fields in OWNERSHIP.items():
        named = {owner: ", ".join(f"`{name}`" for name, its in fields.items() if its is owner) for owner in FieldOwner}
        yield f"| {kind} | {named[MAIN]} | {named[HERE] or '(nothing)'} |"
