"""What gates did without network: uploads of their logs, and the conflicts that come to light."""

from typing import Any

from handlers.gate_devices import KEEPERS, READERS
from handlers.operation import ApiHandler, Operation, checked, operation
from handlers.problems import FieldsInvalid, field_problem
from handlers.schemas.admission_uploads import (
    ConflictsQuery,
    GateConflictPageSchema,
    GateConflictSchema,
    LogItemSchema,
    LogReportSchema,
    NotOfALog,
    SettleConflictSchema,
    UploadAnswerSchema,
    UploadSchema,
    read_item,
)
from services.admissions.devices.errors import DeviceUnknown
from services.admissions.uploads.errors import ConflictSettled, ConflictUnknown
from services.admissions.uploads.model import (
    ConflictSearch,
    ItemAnswer,
    ItemVerdict,
    KeptConflict,
    LogReport,
    SettleConflict,
    UnreadableItem,
    Upload,
    UploadItem,
    wire_id,
)
from services.common.errors import FieldError, TooBusy
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.venues.errors import VenueUnknown

TAG = "Admissions"
UPLOADERS = frozenset({Role.GATE, Role.VENUE_MANAGER})
# 200 items with codes of some hundred characters; a longer one is sent in two.
LARGEST_UPLOAD = 1024 * 1024


class AdmissionBatchHandler(ApiHandler):
    """`/admissions/batch`."""

    max_body_bytes = LARGEST_UPLOAD

    @operation(
        Operation(
            summary="Upload what a gate did without network",
            description="Entries of a device's log, in any order, of this moment or of days ago; by the device, or by "
            "staff of its venue for one that cannot any more. What a gate did is recorded as it happened and never "
            "refused; what does not fit to what else is known becomes a conflict for people to look at. Each item has "
            "a verdict of its own: `recorded`, `repeated` with the same answer as before, or `refused` with `errors` "
            "when it is no entry that the device signed. A bad item holds up none of the others. Send what was not "
            "answered again. At most 200 items in a body of at most 1 MiB (1,048,576 bytes); allow 30 seconds.",
            tag=TAG,
            roles=UPLOADERS,
            devices=True,
            body=UploadSchema,
            reply=UploadAnswerSchema,
            refusals=(TooBusy,),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Take a stretch of logs."""
        items = [_read(one) for one in content["items"]]
        upload = Upload(actor=self.actor, device_time=content["device_time"], items=items)
        answer = await self.services.visits.uploads.uploading.take(upload)
        for item in answer.items:
            self._count(item)
        return {
            "clock_skew_ms": answer.skew_ms,
            "items": [self._shown(item) for item in answer.items],
        }

    def _count(self, item: ItemAnswer) -> None:
        metrics = self.services.metrics
        metrics.count_outcome("upload", item.verdict)
        if item.verdict is not ItemVerdict.RECORDED:
            return
        if item.late:
            metrics.count_outcome("upload", "late")
        for conflict in item.conflicts:
            metrics.count_outcome("conflict", conflict.kind)

    def _shown(self, item: ItemAnswer) -> dict[str, Any]:
        conflicts = [{"id": wire_id(one.id), "kind": one.kind} for one in item.conflicts]
        errors = [field_problem(one, self.language) for one in item.errors]
        return {**vars(item), "conflicts": conflicts, "errors": errors}


class DeviceLogHandler(ApiHandler):
    """`/gate-devices/{device_id}/log`."""

    @operation(
        Operation(
            summary="See what came of a device's log",
            description="Entries that are missing between others, that do not follow from the one before, or that came "
            "twice with different contents. What a device never uploaded after its last entry cannot show here: see "
            "`queued` of the device.",
            tag=TAG,
            roles=READERS | {Role.GATE},
            devices=True,
            reply=LogReportSchema,
            refusals=(DeviceUnknown,),
        )
    )
    async def get(self, device_id: str) -> LogReport:
        """Return what is known of a log."""
        return await self.services.visits.uploads.logs.report(self.actor, device_id)


class ConflictsHandler(ApiHandler):
    """`/venues/{venue_id}/conflicts`."""

    @operation(
        Operation(
            summary="List a venue's conflicts",
            description="Newest first. Each names the gates, devices and times of what does not fit together. A "
            "device whose clock is wrong has one conflict a day and detail. `kind` asks for one kind only.",
            tag=TAG,
            roles=READERS,
            query=ConflictsQuery,
            reply=GateConflictPageSchema,
            refusals=(VenueUnknown, CursorInvalid),
        )
    )
    async def get(self, venue_id: str) -> dict[str, Any]:
        """Return a page of conflicts."""
        page = await self.services.visits.uploads.conflicts.list(
            self.actor, ConflictSearch(venue_id=venue_id, **self.parameters)
        )
        return {"items": [_shown_conflict(one) for one in page.items], "next": page.next}


class ConflictSettlementHandler(ApiHandler):
    """`/conflicts/{gate_conflict_id}/settle`."""

    @operation(
        Operation(
            summary="Settle a conflict",
            description="A person's word on what it was; nothing of what happened is changed by it. The note is for "
            "colleagues: write no names and no numbers of people. Whoever finds out more says it again: the last "
            "word holds, and all are kept. The same again changes nothing.",
            tag=TAG,
            roles=KEEPERS,
            body=SettleConflictSchema,
            reply=GateConflictSchema,
            refusals=(ConflictUnknown, ConflictSettled),
        )
    )
    async def post(self, gate_conflict_id: str, content: dict[str, Any]) -> dict[str, Any]:
        """Settle a conflict."""
        command = SettleConflict(actor=self.actor, id=gate_conflict_id, **content)
        return _shown_conflict(await self.services.visits.uploads.conflicts.settle(command))


def _read(given: dict[str, Any]) -> UploadItem | UnreadableItem:
    try:
        values = checked(LogItemSchema, given)
    except FieldsInvalid as refusal:
        return _unreadable(given, refusal.errors)
    try:
        return read_item(values)
    except NotOfALog as lie:
        return _unreadable(given, (FieldError(path=lie.path, code="not_of_a_log", detail=lie.detail),))


def _unreadable(given: dict[str, Any], errors: tuple[FieldError, ...]) -> UnreadableItem:
    """Return an item that says nothing, by what of its fields could name it."""
    wrong = {one.path for one in errors}
    device_id, seq, nonce = (None if one in wrong else given.get(one) for one in ("device_id", "seq", "nonce"))
    return UnreadableItem(device_id=device_id, seq=seq, nonce=nonce, errors=errors)


def _shown_conflict(kept: KeptConflict) -> dict[str, Any]:
    conflict, said = kept.conflict, kept.settlement
    return {
        **vars(conflict),
        "id": kept.id,
        "state": kept.state,
        "settled_at": None if said is None else said.at,
        "settled_by": None if said is None else said.by,
        "resolution": None if said is None else said.resolution,
        "note": None if said is None else said.note,
        "settlements": [
            {"resolution": one.resolution, "note": one.note, "settled_by": one.by, "settled_at": one.at}
            for one in kept.settlements
        ],
    }
