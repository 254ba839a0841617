"""What operators hear of checkpoints: a count of each outcome, and a line in the log where something is wrong."""

import structlog

from handlers.context import Metrics

COUNTED_AS = "checkpoint"
INCONSISTENT = "log_inconsistent"
UNWRITABLE = "checkpoint_file_unwritable"

log = structlog.get_logger("transparency")


class LoggedSigning:
    """Counts and logs."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def signed(self, kind: str) -> None:
        """Count a checkpoint."""
        self._metrics.count_outcome(COUNTED_AS, kind)

    def found_inconsistent(self, log_name: str, reason: str) -> None:
        """Raise the alarm: the log is not what was signed before, so nothing is signed."""
        self._metrics.count_outcome(COUNTED_AS, INCONSISTENT)
        log.error(INCONSISTENT, log=log_name, reason=reason)

    def could_not_write(self, log_name: str, reason: str) -> None:
        """Say that the file of checkpoints on this machine could not be completed."""
        self._metrics.count_outcome(COUNTED_AS, UNWRITABLE)
        log.error(UNWRITABLE, log=log_name, reason=reason)
