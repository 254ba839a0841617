"""Reconciliations: whether the main system has what it was told, and what was put right."""

from collections.abc import Mapping
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.sync_reconciliations import (
    AskReconciliationSchema,
    ReconciliationSchema,
    ReconciliationsSchema,
    shown_reconciliation,
)
from services.identity.model import Role
from services.sync.reconciling.errors import ReconciliationUnderWay, ReconciliationUnknown
from services.sync.reconciling.model import Wish

TAG = "Main system"
READERS = frozenset({Role.CITY_ADMIN, Role.AUDITOR})


class ReconciliationsHandler(ApiHandler):
    """`/admin/sync/reconciliations`."""

    @operation(
        Operation(
            summary="Reconcile with the main system",
            description="Compares both sides by sums, and repairs what differs unless only a report is wanted. The "
            "sync process begins within a moment; `Location` tells where to look. `deep` reads everything, and costs "
            "as much as sending all anew. At most 100 records of a kind, or one in a hundred, are taken away from the "
            "main system because nothing here is behind them: `./scripts/sync reconcile` takes away more.",
            tag=TAG,
            roles=frozenset({Role.CITY_ADMIN}),
            body=AskReconciliationSchema,
            reply=ReconciliationSchema,
            status=202,
            refusals=(ReconciliationUnderWay,),
        )
    )
    async def post(self, wish: Wish) -> Mapping[str, Any]:
        """Ask for a reconciliation."""
        asked = await self.services.sync.reconciliations.request(wish)
        self.set_header("Location", f"/api/v1/admin/sync/reconciliations/{asked.id}")
        return shown_reconciliation(asked)

    @operation(
        Operation(
            summary="List reconciliations with the main system",
            description="The latest 50 of the last 90 days, newest first.",
            tag=TAG,
            roles=READERS,
            reply=ReconciliationsSchema,
        )
    )
    async def get(self) -> Mapping[str, Any]:
        """Return the latest."""
        found = await self.services.sync.reconciliations.latest()
        return {"items": [shown_reconciliation(one) for one in found]}


class ReconciliationHandler(ApiHandler):
    """`/admin/sync/reconciliations/{reconciliation_id}`."""

    @operation(
        Operation(
            summary="See a reconciliation with the main system",
            description="Figures by kind, and up to 1,000 records that differed, by the main system's ids for them.",
            tag=TAG,
            roles=READERS,
            reply=ReconciliationSchema,
            refusals=(ReconciliationUnknown,),
        )
    )
    async def get(self, reconciliation_id: str) -> Mapping[str, Any]:
        """Return a reconciliation."""
        return shown_reconciliation(await self.services.sync.reconciliations.get(reconciliation_id))
