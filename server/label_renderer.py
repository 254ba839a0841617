"""The process that draws labels, as the services see it."""

import structlog

from server.label_wire import Outcome, order_message
from server.side_process import ANSWERED_WITHIN_S, LONGEST_QUEUE, NoAnswer, SideProcess
from services.items.label_errors import ArtworkRefused, LabelsUnavailable
from services.items.label_orders import CodeRange, SheetOrder

RETRY_AFTER_S = 5

log = structlog.get_logger(__name__)


class LabelRenderer:
    """Has files drawn elsewhere: drawing takes a second of Python's time. See `services.items.labels.Renderer`."""

    def __init__(self, *, longest_queue: int = LONGEST_QUEUE, answered_within_s: float = ANSWERED_WITHIN_S) -> None:
        self._process = SideProcess(
            "server.label_worker", longest_queue=longest_queue, answered_within_s=answered_within_s
        )

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        return self._process.pid

    async def fill_sheets(self, order: SheetOrder) -> bytes:
        """Return the PDF; raises ArtworkRefused, TooBusy or LabelsUnavailable."""
        return await self._ask(order)

    async def write_codes(self, order: CodeRange) -> bytes:
        """Return the CSV; raises TooBusy or LabelsUnavailable."""
        return await self._ask(order)

    async def close(self) -> None:
        """End the process."""
        await self._process.close()

    async def _ask(self, order: SheetOrder | CodeRange) -> bytes:
        try:
            outcome, content = await self._process.ask(order_message(order))
        except NoAnswer:
            raise LabelsUnavailable(retry_after_s=RETRY_AFTER_S) from None
        if outcome == Outcome.BAD_ARTWORK:
            raise ArtworkRefused("unreadable", content)
        if outcome == Outcome.FAILED:
            log.error("label_worker_failed", reason=content)
            raise LabelsUnavailable(retry_after_s=RETRY_AFTER_S)
        return bytes(content)
