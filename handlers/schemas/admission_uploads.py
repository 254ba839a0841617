"""Logs of gate devices as they are uploaded, what is known of them, and conflicts."""

import base64
from typing import Any

from marshmallow import fields

from handlers.schemas.common import FieldProblemSchema, PageQuery, identifier, page_schema, shown, shown_id
from handlers.schemas.fields import NULL, TYPE, Count, Instant, Items, OneOf, Part, ScannedText, Text, WireSchema
from handlers.schemas.gate_devices import DEVICE_TIME, SKEW
from qr.entry_pass import MAX_PARTY_SIZE
from qr.gate_log import LogEntry, LogKind, code_sha256
from services.admissions.model import ConflictKind, Decision, Movement, RefusalReason
from services.admissions.uploads.chain import MOST_SHOWN
from services.admissions.uploads.model import (
    MOST_ITEMS,
    MOST_SETTLEMENTS,
    ConflictState,
    ItemVerdict,
    Resolution,
    UploadItem,
)

MOST_SEQ = 2**53 - 1
MOST_CONFLICTS = 20
MOST_SIGHTINGS = 2000
SIGNATURE = r"[A-Za-z0-9_-]{86}"
PLAIN = r"[A-Za-z0-9_-]+"
HEX = r"[0-9a-f]{64}"
EXAMPLE_HASH = "3f1c" * 16
EXAMPLE_ITEM = {
    "device_id": "dev_01JD0000000000000000000000",
    "seq": 42,
    "previous": EXAMPLE_HASH,
    "kind": "entry",
    "gate_id": "gat_01JD0000000000000000000000",
    "nonce": "device7-000042",
    "occurred_at": "2027-02-06T10:00:00.125+08:00",
    "code": "CC1:13HL7039000",
    "lease_id": None,
    "count": 2,
    "decision": "admitted",
    "reason": None,
    "admitted_now": 2,
    "undoes": None,
    "pack_issued_at": "2027-02-06T09:30:00+08:00",
    "hash": EXAMPLE_HASH,
    "signature": "A" * 86,
}


class LogItemSchema(WireSchema):
    """One entry of a device's log (`docs/codes.md`), with the code that its hash stands for."""

    device_id = identifier("dev", required=True)
    seq = Count(least=1, most=MOST_SEQ, required=True)
    previous = Text(required=True, shortest=0, longest=64, pattern=rf"({HEX})?")
    kind = OneOf(LogKind, required=True)
    gate_id = identifier("gat", required=True)
    nonce = Text(required=True, shortest=8, longest=64, pattern=PLAIN)
    occurred_at = Instant(required=True)
    code = ScannedText(longest=2000, load_default=None, allow_none=True)
    lease_id = identifier("rsv", load_default=None, allow_none=True)
    count = Count(least=1, most=MAX_PARTY_SIZE, load_default=None, allow_none=True)
    decision = OneOf(Decision, required=True)
    reason = OneOf(RefusalReason, load_default=None, allow_none=True)
    admitted_now = Count(least=0, most=MAX_PARTY_SIZE, required=True)
    undoes = Text(shortest=8, longest=64, pattern=PLAIN, load_default=None, allow_none=True)
    pack_issued_at = Instant(load_default=None, allow_none=True)
    hash = Text(required=True, longest=64, pattern=HEX)
    signature = Text(required=True, longest=86, pattern=SIGNATURE)


class UploadSchema(WireSchema):
    """A stretch of logs. Each item is judged for itself: see `verdict` and `errors` of the answer."""

    device_time = Instant(required=True, metadata=DEVICE_TIME)
    items = Items(
        fields.Dict(
            error_messages={"invalid": TYPE, "null": NULL},
            metadata={
                "description": "An entry of a device's log, see docs/gate-offline.md.",
                "examples": [EXAMPLE_ITEM],
            },
        ),
        least=1,
        most=MOST_ITEMS,
        required=True,
    )


class NamedConflictSchema(WireSchema):
    """A conflict by its id."""

    id = shown("gat_01JD0000000000000000000000.device7-000042.admitted_twice")
    kind = OneOf(ConflictKind, required=True)


class ComputedSchema(WireSchema):
    """What the server made of an item whose hash is wrong (`hash_wrong`), to compare with what the device hashed.

    The canonical form is that of `docs/codes.md`. No code is in it, only a code's SHA-256.
    """

    hash = shown(EXAMPLE_HASH)
    canonical = shown('{"admitted_now":2,"at":1801879200125,"code_sha256":"3f1c…","v":1}')


class ItemAnswerSchema(WireSchema):
    """What became of an item. `decision` is what is on record now; null while an undo waits for what it takes back."""

    device_id = shown_id("dev", allow_none=True)
    seq = shown(42, allow_none=True)
    nonce = shown("device7-000042", allow_none=True)
    verdict = OneOf(ItemVerdict, required=True)
    decision = OneOf(Decision, required=True, allow_none=True)
    reason = OneOf(RefusalReason, required=True, allow_none=True)
    conflicts = Items(Part(NamedConflictSchema), most=MOST_CONFLICTS, required=True)
    errors = Items(Part(FieldProblemSchema), most=100, required=True)
    computed = Part(ComputedSchema, required=True, allow_none=True)


class UploadAnswerSchema(WireSchema):
    """The answers to all items, in their order."""

    clock_skew_ms = fields.Integer(required=True, metadata={"description": SKEW, "examples": [-1250]})
    items = Items(Part(ItemAnswerSchema), most=MOST_ITEMS, required=True)


class StretchSchema(WireSchema):
    """Numbers that follow one another, both ends included."""

    first = shown(17, data_key="from")
    last = shown(19, data_key="to")


class LogReportSchema(WireSchema):
    """What came of a device's log. Each list is cut after 100, then `cut` is true."""

    device_id = shown_id("dev")
    highest_seq = shown(420)
    received = shown(417)
    missing = Items(Part(StretchSchema), most=MOST_SHOWN, required=True)
    breaks = fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "Entries that do not follow from the one before.", "examples": [[21]]},
    )
    forks = fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "Numbers of which two different entries came.", "examples": [[23]]},
    )
    undos_waiting = fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "Undos of entries that never came.", "examples": [[57]]},
    )
    cut = fields.Boolean(required=True)


class SightingSchema(WireSchema):
    """One movement of the people that a conflict is about: where, when, and by which device."""

    gate_id = shown_id("gat")
    device_id = shown_id("dev", allow_none=True)
    movement = OneOf(Movement, required=True)
    count = shown(2)
    at = Instant(required=True)
    offline = fields.Boolean(required=True)


class SettlementSchema(WireSchema):
    """What somebody said of a conflict; `settled_by` is `system` where what came later explains it."""

    resolution = OneOf(Resolution, required=True)
    note = shown("同一家庭的截图，已提醒。", allow_none=True)
    settled_by = shown("stf_01JD0000000000000000000000")
    settled_at = Instant(required=True)


class GateConflictSchema(WireSchema):
    """Something that a gate did without network and that does not fit to what else is known.

    `sightings` are all movements of the party, the one in question last; `detail` is a word more about some kinds.
    `resolution`, `note`, `settled_by` and `settled_at` are the last of the `settlements`, which holds.
    """

    id = shown("gat_01JD0000000000000000000000.device7-000042.admitted_twice")
    kind = OneOf(ConflictKind, required=True)
    state = OneOf(ConflictState, required=True)
    venue_id = shown_id("ven")
    reservation_id = shown_id("rsv", allow_none=True)
    detail = shown("clock_off", allow_none=True)
    sightings = Items(Part(SightingSchema), most=MOST_SIGHTINGS, required=True)
    found_at = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)
    settled_by = shown("stf_01JD0000000000000000000000", allow_none=True)
    resolution = OneOf(Resolution, required=True, allow_none=True)
    note = shown("同一家庭的截图，已提醒。", allow_none=True)
    settlements = Items(Part(SettlementSchema), most=MOST_SETTLEMENTS, required=True)


GateConflictPageSchema = page_schema(GateConflictSchema, "GateConflictPageSchema")


class ConflictsQuery(PageQuery):
    """Which conflicts are looked at."""

    state = OneOf(ConflictState, load_default=None)
    kind = OneOf(ConflictKind, load_default=None)


class SettleConflictSchema(WireSchema):
    """What a person found a conflict to be."""

    resolution = OneOf(Resolution, required=True)
    note = Text(
        longest=200,
        load_default=None,
        metadata={"description": "For colleagues; without names or numbers of people.", "examples": ["已核对监控。"]},
    )


class NotOfALog(ValueError):
    """No log says this; `path` is the field that denies the others."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(detail)
        self.path, self.detail = path, detail


def read_item(values: dict[str, Any]) -> UploadItem:
    """Return the item of checked values; raises NotOfALog for what no log says."""
    decision = values["decision"]
    _ensure_told_rightly(values)
    reason, code, said_hash = values["reason"], values["code"], values["hash"]
    fields_of_entry = {name: values[name] for name in ENTRY_FIELDS}
    entry = LogEntry(
        **fields_of_entry,
        at=values["occurred_at"],
        code_sha256=None if code is None else code_sha256(code),
        decision=decision.value,
        reason=None if reason is None else reason.value,
    )
    signature = base64.urlsafe_b64decode(values["signature"] + "==")
    return UploadItem(entry=entry, code=code, decision=decision, reason=reason, hash=said_hash, signature=signature)


def _ensure_told_rightly(values: dict[str, Any]) -> None:
    """Raise NotOfALog where the fields of an entry deny each other, or say what its one spelling cannot."""
    kind, decision, undoes = values["kind"], values["decision"], values["kind"] is LogKind.UNDO
    if decision not in ({Decision.ADMITTED} if undoes else {Decision.ADMITTED, Decision.REFUSED}):
        raise NotOfALog("decision", "a gate admits or refuses; also exits and undos are `admitted`")
    if (decision is Decision.ADMITTED and not undoes) != (values["admitted_now"] > 0):
        raise NotOfALog("admitted_now", "whoever is let through is counted, and nobody else is")
    if undoes != (values["undoes"] is not None):
        raise NotOfALog("undoes", "an undo names what it takes back, and nothing else does")
    if (kind is LogKind.WALK_IN) != (values["lease_id"] is not None):
        raise NotOfALog("lease_id", "walk-ins are on a lease, and nobody else is")
    if values["occurred_at"].microsecond % 1000:
        raise NotOfALog("occurred_at", "a log has whole milliseconds")
    if values["pack_issued_at"] is not None and values["pack_issued_at"].microsecond:
        raise NotOfALog("pack_issued_at", "packs are issued on whole seconds")


ENTRY_FIELDS = (
    *("device_id", "seq", "previous", "kind", "gate_id", "nonce"),
    *("lease_id", "count", "admitted_now", "undoes", "pack_issued_at"),
)
