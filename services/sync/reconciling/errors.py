"""Why a reconciliation is not found, or cannot be asked for."""

from services.common.errors import Conflict, NotFound


class ReconciliationUnknown(NotFound):
    """There is no such reconciliation, or its report was forgotten."""

    code = "reconciliation_not_found"
    title = "No such reconciliation"


class ReconciliationUnderWay(Conflict):
    """One waits or runs already."""

    code = "reconciliation_under_way"
    title = "A reconciliation is under way"
