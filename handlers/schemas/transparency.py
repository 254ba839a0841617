"""Checkpoints, proofs and leaves of the log; hashes and keys are base64."""

import base64
from typing import Any

from marshmallow import fields

from handlers.schemas.common import PageQuery, page_schema, shown
from handlers.schemas.fields import Count, Instant, Items, OneOf, Part, WireSchema
from services.transparency.model import LogName

LARGEST_INDEX = 10**15
MOST_ENTRIES = 1000
MOST_HASHES = 64
EXAMPLE_ORIGIN = "chengma.example/items"
EXAMPLE_HASH = "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="


class Base64(fields.Field[bytes]):
    """Bytes in base64 (RFC 4648, section 4)."""

    def _serialize(self, value: bytes | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002 -- marshmallow's signature
        return None if value is None else base64.b64encode(value).decode()


def _bytes(**kwargs: Any) -> Base64:
    return Base64(required=True, metadata={"type": "string", "examples": [EXAMPLE_HASH]}, **kwargs)


def _place(what: str, **kwargs: Any) -> Count:
    """Return a parameter that is a size or an index; whether the log reaches that far is decided later."""
    return Count(least=0, most=LARGEST_INDEX, strict=False, metadata={"description": what}, **kwargs)


class LogQuery(WireSchema):
    """Which log."""

    log = OneOf(LogName, load_default=LogName.ITEMS, metadata={"description": "Of items, or of patrols."})


class CheckpointQuery(PageQuery, LogQuery):
    """Which checkpoints: all, in the order of their signing."""


class InclusionQuery(LogQuery):
    """Which leaf, and in the log of which size."""

    index = _place("The leaf's index, from 0.", required=True)
    size = _place("Of a signed checkpoint, or any smaller; default: the latest.", load_default=None)


class ConsistencyQuery(LogQuery):
    """Between which sizes."""

    since = _place("The smaller size.", data_key="from", required=True)
    until = _place("The larger size; default: of the latest checkpoint.", data_key="to", load_default=None)


class EntriesQuery(LogQuery):
    """Which leaves."""

    first = _place("The first index.", data_key="from", required=True)
    limit = Count(least=1, most=MOST_ENTRIES, strict=False, load_default=MOST_ENTRIES)


class CheckpointSchema(WireSchema):
    """What the log said of itself; `note` is the same, signed, in the format of C2SP tlog-checkpoint."""

    origin = shown(EXAMPLE_ORIGIN, attribute="checkpoint.origin")
    size = shown(1234, attribute="checkpoint.size")
    root = _bytes(attribute="checkpoint.root")
    signed_at = Instant(required=True)
    kid = shown(1)
    note = shown(f"{EXAMPLE_ORIGIN}\n1234\n{EXAMPLE_HASH}\n\n— {EXAMPLE_ORIGIN} …\n")


CheckpointPageSchema = page_schema(CheckpointSchema, "CheckpointPageSchema")


class LogKeySchema(WireSchema):
    """The key that verifies checkpoints; `vkey` is all of it in one line, as C2SP signed-note writes it."""

    origin = shown(EXAMPLE_ORIGIN)
    kid = shown(1)
    algorithm = shown("Ed25519")
    public_key = _bytes()
    vkey = shown(f"{EXAMPLE_ORIGIN}+00000000+…")


class InclusionProofSchema(WireSchema):
    """An inclusion proof (RFC 6962, section 2.1.1): `hashes` lead from `leaf_hash` to `root`, lowest first."""

    index = shown(7)
    size = shown(1234)
    leaf_hash = _bytes()
    root = _bytes()
    hashes = Items(_bytes(), most=MOST_HASHES, required=True)


class ConsistencyProofSchema(WireSchema):
    """A consistency proof (RFC 6962, section 2.1.2) from `from_root` to `to_root`, lowest first."""

    since = shown(1000, data_key="from", attribute="from_size")
    until = shown(1234, data_key="to", attribute="to_size")
    from_root = _bytes()
    to_root = _bytes()
    hashes = Items(_bytes(), most=MOST_HASHES, required=True)


class EntrySchema(WireSchema):
    """A leaf."""

    index = shown(7)
    leaf_hash = _bytes()


class EntriesSchema(WireSchema):
    """Leaves in their order; `next` is the following index, or null behind the last signed one."""

    items = Items(Part(EntrySchema), most=MOST_ENTRIES, required=True)
    next = shown(1000, allow_none=True)
