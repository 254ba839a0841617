"""Tables of items: templates, activation by table, and exports."""

from typing import Any

from handlers.files import FileHandler
from handlers.item_types import READERS, TAG
from handlers.operation import ApiHandler, Operation, operation
from handlers.problems import field_problem
from handlers.registered_items import ACTORS, search_of
from handlers.schemas.item_tables import ActivationsQuery, ItemTableSchema, OnError
from handlers.schemas.registered_items import ItemFilter
from services.common.errors import TooBusy
from services.items import errors
from services.items.model import ItemSearch
from services.items.tables.model import ItemTable
from services.tables.errors import TableRefused, TablesUnavailable, TableUnreadable

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
EPCIS = "application/ld+json"
LARGEST_FILE = 4 * 1024 * 1024
EXPORT = (
    "The filters are those of `GET /items`. A file is whole or refused: `export_too_large` says how much it may hold. "
)


def shown_table(table: ItemTable, language: str) -> dict[str, Any]:
    """Return a table as the wire has it, with its faults in `language`."""
    return {
        **vars(table),
        "on_error": OnError.PROCEED if table.proceed else OnError.REFUSE,
        "rows": table.total,
        "errors": [field_problem(fault, language) for fault in table.faults],
    }


class _FileHandler(FileHandler):
    @property
    def search(self) -> ItemSearch:
        """Return what the parameters ask for."""
        return search_of(self.parameters, limit=1)


class ActivationTemplateHandler(_FileHandler):
    """`/item-types/{item_type_id}/activation-template.xlsx`."""

    @operation(
        Operation(
            summary="Get a table to fill in",
            description="Its first row names the columns, its second says what they mean. See docs/items.md.",
            tag=TAG,
            roles=READERS,
            media_type=XLSX,
            refusals=(errors.ItemTypeUnknown, TooBusy, TablesUnavailable),
        )
    )
    async def get(self, item_type_id: str) -> None:
        """Answer with the template of a type."""
        content = await self.services.items.tables.template(self.actor, item_type_id)
        self.send(content, XLSX, "activation-template.xlsx", "物品登记模板.xlsx")


class ActivationsHandler(ApiHandler):
    """`/items/activations`."""

    max_body_bytes = LARGEST_FILE
    media_types = frozenset({XLSX})

    @operation(
        Operation(
            summary="Register things by table",
            description="Takes an .xlsx file of at most 5,000 rows and 4 MB, see the type's template. The rows are "
            "checked, then recorded, by a job in the background: look at the activation until it is not `in_progress`. "
            "With `on_error=refuse` nothing is recorded if any row is wrong, with `proceed` the good rows are. The "
            "same file again changes nothing and is answered with what became of it; one that was refused is checked "
            "anew.",
            tag=TAG,
            roles=ACTORS,
            query=ActivationsQuery,
            file=XLSX,
            reply=ItemTableSchema,
            status=202,
            refusals=(errors.ItemTypeUnknown, TableUnreadable, TableRefused, TooBusy, TablesUnavailable),
        )
    )
    async def post(self, content: bytes) -> dict[str, Any]:
        """Take a table."""
        asked = self.parameters
        table = await self.services.items.tables.take(
            self.actor, asked["item_type_id"], content, proceed=asked["on_error"] is OnError.PROCEED
        )
        self.set_header("Location", f"/api/v1/items/activations/{table.id}")
        return shown_table(table, self.language)


class ActivationHandler(ApiHandler):
    """`/items/activations/{table_id}`."""

    @operation(
        Operation(
            summary="See what became of a table",
            tag=TAG,
            roles=READERS,
            reply=ItemTableSchema,
            refusals=(errors.TableUnknown,),
        )
    )
    async def get(self, table_id: str) -> dict[str, Any]:
        """Return a table with the faults of its rows."""
        return shown_table(await self.services.items.tables.get(self.actor, table_id), self.language)


class ExportXlsxHandler(_FileHandler):
    """`/items/export.xlsx`."""

    @operation(
        Operation(
            summary="Export items as xlsx",
            description=f"{EXPORT}At most 20,000 items.",
            tag=TAG,
            roles=READERS,
            query=ItemFilter,
            media_type=XLSX,
            refusals=(errors.ExportTooLarge, TooBusy, TablesUnavailable),
        )
    )
    async def get(self) -> None:
        """Answer with a spreadsheet."""
        content = await self.services.items.exporting.xlsx(self.actor, self.search)
        self.send(content, XLSX, "items.xlsx", "物品.xlsx")


class ExportCsvHandler(_FileHandler):
    """`/items/export.csv`."""

    @operation(
        Operation(
            summary="Export items as CSV",
            description=f"{EXPORT}At most 20,000 items. UTF-8 with a byte order mark, RFC 4180; an apostrophe goes "
            "before what a spreadsheet program would take for a formula.",
            tag=TAG,
            roles=READERS,
            query=ItemFilter,
            media_type=CSV,
            refusals=(errors.ExportTooLarge,),
        )
    )
    async def get(self) -> None:
        """Answer with lines."""
        content = await self.services.items.exporting.csv(self.actor, self.search)
        self.send(content, f"{CSV}; charset=utf-8", "items.csv", "物品.csv")


class ExportEpcisHandler(_FileHandler):
    """`/items/export.epcis.json`."""

    @operation(
        Operation(
            summary="Export the history of items as EPCIS",
            description=f"{EXPORT}An EPCISDocument (JSON-LD, EPCIS 2.0) of at most 20,000 events of 5,000 items, "
            "in the order of recording.",
            tag=TAG,
            roles=READERS,
            query=ItemFilter,
            media_type=EPCIS,
            refusals=(errors.ExportTooLarge,),
        )
    )
    async def get(self) -> None:
        """Answer with a document."""
        content = await self.services.items.exporting.epcis(self.actor, self.search)
        self.send(content, EPCIS, "items.epcis.json", "物品.epcis.json")
