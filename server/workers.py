"""The processes that work beside a server process: each starts when it is first needed, and ends with the server."""

from dataclasses import dataclass, field

from server.label_renderer import LabelRenderer
from server.paper_clerk import PaperClerk
from server.table_clerk import TableClerk


@dataclass(frozen=True, kw_only=True)
class SideWorkers:
    """Who does what takes Python's time."""

    labels: LabelRenderer = field(default_factory=LabelRenderer)
    tables: TableClerk = field(default_factory=TableClerk)
    papers: PaperClerk = field(default_factory=PaperClerk)

    async def close(self) -> None:
        """End them all."""
        await self.labels.close()
        await self.tables.close()
        await self.papers.close()
