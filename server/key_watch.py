"""What operators hear of keys in a running process: a line in the log for each change."""

import structlog

from services.keys.model import Keys
from services.keys.rules import CODE_PURPOSES

log = structlog.get_logger("keys")


class LoggedKeys:
    """Logs; numbers and states only."""

    def turned(self, keys: Keys) -> None:
        """Say which keys this process goes by now."""
        for purpose in CODE_PURPOSES:
            log.info("keys_taken", purpose=purpose, states={key.kid: key.state.value for key in keys.of(purpose)})

    def unreadable(self, error: Exception) -> None:
        """Say that new keys are there and cannot be used: this process stays with those it has."""
        log.error("keys_unreadable", error=str(error))
