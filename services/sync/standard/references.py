"""Which other records a record names."""

from collections.abc import Mapping
from typing import Any

from services.sync.model import RecordKind
from services.sync.standard.model import RecordSchema

SITE, SITE_KIND = "site_id", "site_kind"


def referred_kinds(schema: RecordSchema) -> tuple[RecordKind, ...]:
    """Return of which kinds the records are that a record of this schema may name."""
    sites = [RecordKind.OUTLET] if {SITE, SITE_KIND} <= schema.document["properties"].keys() else []
    return tuple(dict.fromkeys([*schema.references.values(), *sites]))


def references_of(data: Mapping[str, Any], schema: RecordSchema) -> tuple[str, ...]:
    """Return the records that a record names, each as `kind:id`; `data` is as the recipient gets it.

    Where an id leaves as a pseudonym, the recipient knows the named record by the same pseudonym.
    """
    found: list[str] = []
    for name, kind in schema.references.items():
        value = data.get(name)
        named = value if isinstance(value, list) else [value]
        found += [f"{kind}:{one}" for one in named if one is not None]
    # A site is an outlet or a venue; venues are the main system's own, and no records of ours.
    if data.get(SITE_KIND) == RecordKind.OUTLET and SITE in data:
        found.append(f"{RecordKind.OUTLET}:{data[SITE]}")
    return tuple(dict.fromkeys(found))
