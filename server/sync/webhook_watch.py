"""What operators hear of webhooks: a count of each outcome, and a line in the log where somebody has to act."""

import structlog

from handlers.context import Metrics
from services.webhooks.model import PauseReason

COUNTED_AS = "webhook"

log = structlog.get_logger("webhooks")


class LoggedWebhooks:
    """Counts and logs."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def tried(self, outcome: str) -> None:
        """Count a try."""
        self._metrics.count_outcome(COUNTED_AS, outcome)

    def paused(self, subscription_id: str, reason: PauseReason) -> None:
        """Count and log that a receiver is not sent to any more."""
        self._metrics.count_outcome(COUNTED_AS, f"paused_{reason}")
        log.warning("webhook_paused", webhook=subscription_id, reason=reason)

    def defect(self, subscription_id: str, error: Exception) -> None:
        """Log a defect of ours."""
        log.error("defect", webhook=subscription_id, exc_info=error)
