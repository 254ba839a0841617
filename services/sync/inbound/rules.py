"""Decisions about what comes from the main system, free of input and output."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ulid import ULID

from services.common.clock import CITY_OFFSET
from services.sync.inbound.model import (
    Cause,
    Conflict,
    FieldOwner,
    FieldPair,
    Link,
    Local,
    Reference,
    ReferenceKind,
)
from services.sync.inbound.ownership import PERSONAL, owned_by_main, owned_here
from services.sync.inbound.schemas import InboundSchemas, as_json, is_instant
from services.sync.standard.model import Flaw

KEY = re.compile(r"[A-Za-z0-9._-]{1,60}")
PARTS = frozenset({"_id", "version", "updated_at", "data", "deleted"})
HIGHEST_VERSION = 2**53 - 1
LONGEST_VALUE = 500
# When all is compared each night, in the city: after midnight's work, and before the reconciliation of what we send.
COMPARED_AFTER_MIDNIGHT = timedelta(hours=2)


def key_of(raw: Any) -> str:
    """Return a document's key; what cannot be one stands for itself by a digest, so that it can be listed."""
    if isinstance(raw, str) and KEY.fullmatch(raw):
        return raw
    return "unusable-" + hashlib.sha256(repr(raw).encode()).hexdigest()[:16]


def id_of(kind: ReferenceKind, key: str) -> str:
    """Return what links and refused documents are found by."""
    return f"{kind}:{key}"


def version_of(document: Mapping[str, Any]) -> int | None:
    """Return a document's version, None where it has none."""
    version = document.get("version")
    usable = isinstance(version, int) and not isinstance(version, bool) and 1 <= version <= HIGHEST_VERSION
    return int(version) if usable and version is not None else None


def flaws_of(kind: ReferenceKind, document: Mapping[str, Any], schemas: InboundSchemas) -> Sequence[Flaw]:
    """Return what is wrong with a document, the first few."""
    deleted = document.get("deleted", False)
    # Without their names: whoever wrote them may have put anything there.
    found = [Flaw(path="$", rule="additionalProperties")] if set(document) - PARTS else []
    if key_of(document.get("_id")) != document.get("_id"):
        found.append(Flaw(path="_id", rule="pattern"))
    if version_of(document) is None:
        found.append(Flaw(path="version", rule="type"))
    if not is_instant(document.get("updated_at")):
        found.append(Flaw(path="updated_at", rule="type"))
    if not isinstance(deleted, bool):
        found.append(Flaw(path="deleted", rule="type"))
    if deleted is not True:
        found += [replace(one, path=_within_data(one.path)) for one in schemas.flaws(kind, document.get("data"))]
    return found[:5]


def names_city(code: str) -> bool:
    """Tell whether a code of GB/T 2260 stands for a whole city."""
    return code.endswith("00")


def districts_named(kind: ReferenceKind, data: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return the districts that an inspector is to answer for, each with its path in the document; of others none.

    Domains look to theirs themselves. An inspector who is let in no more needs no district: access must end.
    """
    if kind is not ReferenceKind.INSPECTOR or not data["active"]:
        return ()
    codes = enumerate(data["division_codes"])
    return [(f"data.division_codes[{place}]", code) for place, code in codes if not names_city(code)]


def _within_data(path: str) -> str:
    return "data" if path == "$" else f"data.{path}"


def read_reference(kind: ReferenceKind, document: Mapping[str, Any]) -> Reference:
    """Return what a document without flaws says."""
    gone = document.get("deleted", False)
    return Reference(
        kind=kind,
        key=document["_id"],
        version=int(document["version"]),
        updated_at=document["updated_at"],
        data=None if gone else as_json(document["data"]),
    )


def digest_of(data: Any) -> str:
    """Return the SHA-256 of JSON, in hexadecimal."""
    return hashlib.sha256(text_of(data).encode()).hexdigest()


def text_of(value: Any) -> str:
    """Return JSON in one spelling."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def drifted(link: Link, local: Local | None) -> bool:
    """Tell whether what the main system owns is no longer here as it was taken."""
    if local is None:
        return True
    if local.held is not None:
        return False
    return any(local.fields.get(name) != value for name, value in (link.base or {}).items())


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """Both sides of a thing at the instant `now`; `reference` is None where the main system took its document out."""

    link: Link
    local: Local | None
    reference: Reference | None
    now: datetime


def changed_here(meeting: Meeting, data: Mapping[str, Any]) -> Conflict | None:
    """Return the conflict about fields that are the main system's and were changed here, if any were.

    What was about to be taken when somebody was cut short is no change of ours.
    """
    link, local = meeting.link, meeting.local
    if local is None:
        return None
    known = link.base
    fields = [
        name
        for name, there in owned_by_main(link.kind, data).items()
        if (here := local.fields.get(name)) != there
        and not (known is not None and here == known.get(name))
        and all(here != about.get(name) for about in link.pending)
    ]
    if not fields:
        return None
    cause = Cause.DIFFERED_AT_FIRST if known is None else Cause.CHANGED_HERE
    return conflict_of(meeting, cause, FieldOwner.MAIN, _pairs(link.kind, fields, local.fields, data))


def ours_differs(meeting: Meeting) -> Conflict | None:
    """Return the conflict about fields that are ours and that the main system has otherwise; one for its values."""
    link, local, reference = meeting.link, meeting.local, meeting.reference
    if local is None or reference is None:
        return None
    said = owned_here(link.kind, reference.data or {})
    fields = [name for name, there in said.items() if local.fields.get(name) != there]
    if not fields:
        return None
    pairs = _pairs(link.kind, fields, local.fields, said)
    made = conflict_of(meeting, Cause.OURS_DIFFERS, FieldOwner.HERE, pairs)
    return replace(made, id=_id_of("ours", link.id, digest_of({name: said[name] for name in fields})))


def conflict_of(meeting: Meeting, cause: Cause, winner: FieldOwner, fields: tuple[FieldPair, ...] = ()) -> Conflict:
    """Return a conflict about these fields, or about the whole thing."""
    link, local, reference = meeting.link, meeting.local, meeting.reference
    there = link.version if reference is None else reference.version
    said = "" if reference is None else digest_of(reference.data)
    about = digest_of([[pair.name, pair.here] for pair in fields])
    return Conflict(
        id=_id_of(cause, link.id, str(there), said, about),
        kind=link.kind,
        key=link.key,
        local_id=link.local_id,
        cause=cause,
        winner=winner,
        fields=fields,
        here_version=None if local is None else local.version,
        there_version=there,
        seen_at=meeting.now,
    )


def with_end(link: Link, before: Local, after: Local) -> Mapping[str, Any] | None:
    """Return the base of a link after what it names ended: what changed by that is no change of ours."""
    if link.base is None:
        return None
    changed = {name: value for name, value in after.fields.items() if before.fields.get(name) != value}
    return {**link.base, **owned_by_main(link.kind, changed)}


def _pairs(
    kind: ReferenceKind, fields: Sequence[str], here: Mapping[str, Any], there: Mapping[str, Any]
) -> tuple[FieldPair, ...]:
    return tuple(
        FieldPair(name=name, here=None, there=None)
        if name in PERSONAL.get(kind, ())
        else FieldPair(name=name, here=_shown(here.get(name)), there=_shown(there.get(name)))
        for name in fields
    )


def _shown(value: Any) -> str:
    text = text_of(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _id_of(*parts: str) -> str:
    digest = hashlib.sha256("\n".join(parts).encode()).digest()
    return f"cfl_{ULID.from_bytes(digest[:16])}"


def compare_due(compared_at: datetime | None, now: datetime) -> bool:
    """Tell whether the night's comparison is still to be made."""
    if compared_at is None:
        return True
    local = now + CITY_OFFSET
    tonight = local.replace(hour=0, minute=0, second=0, microsecond=0) + COMPARED_AFTER_MIDNIGHT
    last = (tonight if tonight <= local else tonight - timedelta(days=1)) - CITY_OFFSET
    return compared_at < last
