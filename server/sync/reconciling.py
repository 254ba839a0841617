"""Reconciling, put together: in the sync process and in `scripts/sync reconcile`."""

from dataclasses import dataclass
from datetime import time

import structlog
from ulid import ULID

from server.sync.parts import SyncParts
from services.common.clock import UlidSource
from services.sync.reconciling.asking import ReconciliationDesk
from services.sync.reconciling.bisecting import Bisecting
from services.sync.reconciling.comparing import Comparing
from services.sync.reconciling.confirming import Confirming
from services.sync.reconciling.model import Reconciliation
from services.sync.reconciling.mongo import MongoOnward, MongoReconciliations, MongoWaiting
from services.sync.reconciling.nightly import Nightly
from services.sync.reconciling.packing import RelayPacking
from services.sync.reconciling.ports import Waiting
from services.sync.reconciling.repairing import Repairing
from services.sync.reconciling.running import TURN, Reconciling
from services.sync.reconciling.walking import Walking
from services.sync.relay.leading import Leadership
from services.sync.relay.mongo import MongoLeases
from services.sync.relay.sorting import Recipient
from services.sync.shelves.ports import Shelf

# Comparing reads much at once, and must not lose its turn for it.
SILENT_FOR_S = 15.0

log = structlog.get_logger("sync")


@dataclass(frozen=True, kw_only=True)
class ReconcilingParts:
    """Who runs reconciliations, where they are asked for, and who starts them by itself."""

    reconciling: Reconciling
    desk: ReconciliationDesk
    nightly: Nightly


def build_reconciling(parts: SyncParts, target: Shelf) -> ReconcilingParts:
    """Return what reconciles our own shelf with `target`."""
    clock, ids, store = parts.clock, UlidSource(), MongoReconciliations(parts.mongo)
    desk = ReconciliationDesk(store=store, clock=clock, ids=ids)
    reconciling = Reconciling(
        comparing=build_comparing(parts, target),
        store=store,
        turn=Leadership(MongoLeases(parts.mongo), name=TURN, holder=str(ULID()), silent_for_s=SILENT_FOR_S),
        kinds=tuple(parts.sources),
        clock=clock,
        ids=ids,
        tell=_tell_defect,
    )
    at = parts.config.sync.reconcile_at
    nightly = Nightly(
        reconciling=reconciling,
        desk=desk,
        store=store,
        at=time.fromisoformat(at) if at else None,
        clock=clock,
    )
    return ReconcilingParts(reconciling=reconciling, desk=desk, nightly=nightly)


def build_comparing(parts: SyncParts, target: Shelf) -> Comparing:
    """Return what compares a kind and repairs it."""
    ours, sources = parts.marks, parts.sources
    recipient = Recipient(sender=parts.config.sync.instance, pseudonyms=parts.pseudonyms)
    packing = RelayPacking(standard=parts.standard, recipient=recipient, sorting=parts.sorting)
    waiting: list[Waiting] = [MongoWaiting(parts.mongo)]
    if parts.intake is not None:
        waiting.append(MongoOnward(parts.intake))
    confirming = Confirming(ours=ours, theirs=target, waiting=waiting, packing=packing, clock=parts.clock)
    return Comparing(
        ours=ours,
        theirs=target,
        bisecting=Bisecting(ours, target),
        confirming=confirming,
        walking=Walking(ours=ours, theirs=target, sources=sources, packing=packing, confirming=confirming),
        repairing=Repairing(ours=ours, theirs=target, sources=sources, packing=packing),
    )


def _tell_defect(reconciliation: Reconciliation, error: Exception) -> None:
    log.error("defect", reconciliation=reconciliation.id, exc_info=error)
