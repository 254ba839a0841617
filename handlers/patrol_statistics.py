"""Figures about patrols: coverage, findings by kind and district, time to close."""

from handlers.item_tables import XLSX
from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.patrol_statistics import FiguresQuery, FiguresSchema
from services.common.errors import TooBusy
from services.identity.model import Role
from services.patrols.statistics.counting import FiguresWanted
from services.patrols.statistics.errors import FiguresTooWide
from services.patrols.statistics.model import Figures
from services.tables.errors import TablesUnavailable

TAG = "Patrols"
READERS = frozenset({Role.DISTRICT_ADMIN, Role.CITY_ADMIN, Role.AUDITOR})


class StatisticsHandler(ApiHandler):
    """`/patrol/statistics`."""

    @property
    def wanted(self) -> FiguresWanted:
        """Return what the parameters ask for."""
        return FiguresWanted(**self.parameters)

    @operation(
        Operation(
            summary="See figures about patrols",
            description="Counts of sites, visits and findings; nothing about single inspectors. Findings count on the "
            "day they were found, also when the phone sent them later.",
            tag=TAG,
            roles=READERS,
            query=FiguresQuery,
            reply=FiguresSchema,
            refusals=(FiguresTooWide,),
        )
    )
    async def get(self) -> Figures:
        """Return figures."""
        return await self.services.patrols.statistics.figures(self.actor, self.wanted)


class StatisticsXlsxHandler(StatisticsHandler):
    """`/patrol/statistics.xlsx`."""

    @operation(
        Operation(
            summary="Export figures about patrols as xlsx",
            description="One line for all together, then one for each district and one for each kind of finding.",
            tag=TAG,
            roles=READERS,
            query=FiguresQuery,
            media_type=XLSX,
            refusals=(FiguresTooWide, TooBusy, TablesUnavailable),
        )
    )
    async def get(self) -> None:
        """Answer with a spreadsheet."""
        sheet = await self.services.patrols.statistics.xlsx(self.actor, self.wanted)
        self.send_file(sheet.content, XLSX, f"patrols-{sheet.from_on}--{sheet.to_on}.xlsx")
