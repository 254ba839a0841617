"""The process that draws papers, as the services see it."""

from typing import Any

import structlog

from server.paper_wire import Outcome, order_message
from server.side_process import ANSWERED_WITHIN_S, LONGEST_QUEUE, NoAnswer, SideProcess
from services.patrols.errors import PapersUnavailable

RETRY_AFTER_S = 5

log = structlog.get_logger(__name__)


class PaperClerk:
    """Has papers drawn elsewhere; see `services.patrols.papers.Papers`."""

    def __init__(self, *, longest_queue: int = LONGEST_QUEUE, answered_within_s: float = ANSWERED_WITHIN_S) -> None:
        self._process = SideProcess(
            "server.paper_worker", longest_queue=longest_queue, answered_within_s=answered_within_s
        )

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        return self._process.pid

    async def draw(self, order: Any) -> bytes:
        """Return the file; raises TooBusy or PapersUnavailable."""
        try:
            outcome, content = await self._process.ask(order_message(order))
        except NoAnswer:
            raise PapersUnavailable(retry_after_s=RETRY_AFTER_S) from None
        if outcome != Outcome.DONE:
            log.error("paper_worker_failed", order=type(order).__name__, reason=content)
            raise PapersUnavailable(retry_after_s=RETRY_AFTER_S)
        return bytes(content)

    async def close(self) -> None:
        """End the process."""
        await self._process.close()
