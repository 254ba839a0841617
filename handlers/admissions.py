"""Scans at the gate."""

from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.admissions import ScanCodeSchema, ScanSchema
from services.admissions.errors import (
    CountTooLarge,
    DocumentTailNeeded,
    DocumentTailTries,
    DocumentTailWrong,
    NonceReused,
)
from services.admissions.model import Scan, ScanCode
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
    async def post(self, content: dict[str, Any]) -> Scan:
        """Decide a scan."""
        scan = await self.services.admitting.scan(ScanCode(actor=self.actor, **content))
        self.services.metrics.count_outcome("scan", scan.reason or scan.decision)
        return scan
