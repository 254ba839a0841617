"""Scans at the gate."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.scans import answer_of
from handlers.schemas.admissions import LeaveSchema, ScanCodeSchema, ScanSchema, UndoSchema
from services.admissions.errors import (
    AdmissionUnknown,
    AlreadyLeft,
    CountNeeded,
    CountTooLarge,
    DocumentTailNeeded,
    DocumentTailTries,
    DocumentTailWrong,
    NonceReused,
    NothingToUndo,
    UndoNotYours,
    UndoTooLate,
)
from services.admissions.model import LeaveByGate, Scan, ScanCode, UndoScan
from services.common.errors import TooBusy
from services.identity.model import Role
from services.venues.errors import GateUnknown

GATE_ROLES = frozenset({Role.GATE, Role.VENUE_MANAGER, Role.INTEGRATOR})


class AdmissionsHandler(ApiHandler):
    """`/admissions`."""

    @operation(
        Operation(
            summary="Scan a code at a gate",
            description="A visitor who is refused is an answer (200) with a reason, not an error. "
            "Repeat an unanswered scan with the same `nonce`: it admits nobody twice. A code on paper is refused as "
            "`document_tail_needed`: ask for a document of anybody in the party, and scan again with its last four "
            "characters. After five wrong ones a slip waits ten minutes.",
            tag="Admissions",
            roles=GATE_ROLES,
            devices=True,
            body=ScanCodeSchema,
            reply=ScanSchema,
            refusals=(
                GateUnknown,
                NonceReused,
                CountTooLarge,
                DocumentTailNeeded,
                DocumentTailWrong,
                DocumentTailTries,
                TooBusy,
            ),
        )
    )
    async def post(self, content: dict[str, Any]) -> dict[str, Any]:
        """Decide a scan."""
        scan = await self.services.admitting.scan(ScanCode(actor=self.actor, **content))
        self.services.metrics.count_outcome("scan", scan.reason or scan.decision)
        return await answer_of(scan, self.services.visits.presence.crowds)


class UndoHandler(ApiHandler):
    """`/admissions/undo`."""

    @operation(
        Operation(
            summary="Take a scan back",
            description="For fifteen minutes, by the device or the session of staff that made it; also an exit. The "
            "scan stays on record, and its `nonce` keeps its answer: scan anew with another one. Whoever has left "
            "since is not taken back. A repeat returns the first answer.",
            tag="Admissions",
            roles=GATE_ROLES,
            devices=True,
            body=UndoSchema,
            reply=ScanSchema,
            refusals=(GateUnknown, AdmissionUnknown, UndoNotYours, UndoTooLate, NothingToUndo, AlreadyLeft, TooBusy),
        )
    )
    async def post(self, content: dict[str, Any]) -> Scan:
        """Undo a scan."""
        scan = await self.services.visits.presence.undoing.undo(UndoScan(actor=self.actor, **content))
        self.services.metrics.count_outcome("scan", scan.decision)
        return scan


class ExitsHandler(ApiHandler):
    """`/exits`."""

    @operation(
        Operation(
            summary="Count people out",
            description="At gates that are exits. With a code, of its party; without one, `count` people. Nobody is "
            "held inside: a refusal (200, with a reason) says only that the code was not counted, so let them out and "
            "count them without it. No document is asked for, and no exit is too late. A code does not open the gate "
            "again.",
            tag="Admissions",
            roles=GATE_ROLES,
            devices=True,
            body=LeaveSchema,
            reply=ScanSchema,
            refusals=(GateUnknown, CountNeeded, NonceReused, CountTooLarge, TooBusy),
        )
    )
    async def post(self, content: dict[str, Any]) -> Scan:
        """Count people out."""
        scan = await self.services.visits.presence.leaving.leave(LeaveByGate(actor=self.actor, **content))
        self.services.metrics.count_outcome("exit", scan.reason or scan.decision)
        return scan
