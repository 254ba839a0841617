"""What operators hear of the relay: lines in its log."""

from collections import Counter
from collections.abc import Sequence

import structlog

from services.sync.model import RecordRef
from services.sync.relay.model import DeadLetter

log = structlog.get_logger("sync")


class LoggedRelaying:
    """See `services.sync.relay.ports.Watch`. No id and no value of a record is logged."""

    def target_away(self, reason: str) -> None:
        """Log that the main system stopped answering."""
        log.warning("main_system_away", reason=reason)

    def target_back(self) -> None:
        """Log that it answers again."""
        log.info("main_system_back")

    def died(self, letters: Sequence[DeadLetter]) -> None:
        """Log how many records cannot be delivered, and why."""
        for (kind, reason), count in Counter((one.ref.kind.value, one.reason.value) for one in letters).items():
            log.error("dead_letters", kind=kind, reason=reason, count=count)

    def defect(self, ref: RecordRef, error: Exception) -> None:
        """Log a defect met in reading a record."""
        log.error("defect", kind=ref.kind.value, exc_info=error)

    def late(self, lag_s: float) -> None:
        """Raise the alarm: something waits longer than it should."""
        log.error("sync_late", lag_s=round(lag_s, 1))
