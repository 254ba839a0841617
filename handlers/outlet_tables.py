"""Tables of outlets: a template, uploads, and what became of them."""

from typing import Any

from handlers.files import FileHandler
from handlers.item_tables import LARGEST_FILE, XLSX
from handlers.operation import ApiHandler, Operation, operation
from handlers.outlets import MANAGERS, TAG
from handlers.problems import field_problem
from handlers.schemas.outlet_tables import ImportQuery, OutletTableSchema
from services.common.errors import TooBusy
from services.patrols.outlets.errors import OutletTableUnknown
from services.patrols.outlets.tables.model import OutletTable
from services.tables.errors import TableRefused, TablesUnavailable, TableUnreadable


def shown_table(table: OutletTable, language: str) -> dict[str, Any]:
    """Return a table as the wire has it, with its faults in `language`."""
    return {**vars(table), "rows": table.total, "errors": [field_problem(fault, language) for fault in table.faults]}


class OutletTemplateHandler(FileHandler):
    """`/outlets/import-template.xlsx`."""

    @operation(
        Operation(
            summary="Get a table of outlets to fill in",
            description="Its first row names the columns, its second says what they mean. Columns that are not needed "
            "may be left out; then what they say of known outlets stays.",
            tag=TAG,
            roles=MANAGERS,
            media_type=XLSX,
            refusals=(TooBusy, TablesUnavailable),
        )
    )
    async def get(self) -> None:
        """Answer with the template."""
        content = await self.services.patrols.outlets.tables.template()
        self.send(content, XLSX, "outlets-template.xlsx", "网点导入模板.xlsx")


class OutletImportsHandler(ApiHandler):
    """`/outlets/imports`."""

    max_body_bytes = LARGEST_FILE
    media_types = frozenset({XLSX})

    @operation(
        Operation(
            summary="Import outlets by table",
            description="Takes an .xlsx file of at most 2,000 rows and 4 MB, see the template. A row is about the "
            "outlet with its external id, or else with its licence number: a new one is registered, a known one is "
            "changed where the row says other things. The rows are checked, then recorded, by a job in the background: "
            "look at the import until it is not `in_progress`. With `on_error=refuse` nothing is recorded if any row "
            "is wrong, with `proceed` the good rows are. The same file again changes nothing.",
            tag=TAG,
            roles=MANAGERS,
            query=ImportQuery,
            file=XLSX,
            reply=OutletTableSchema,
            status=202,
            refusals=(TableUnreadable, TableRefused, TooBusy, TablesUnavailable),
        )
    )
    async def post(self, content: bytes) -> dict[str, Any]:
        """Take a table."""
        tables = self.services.patrols.outlets.tables
        table = await tables.take(self.actor, content, self.parameters["on_error"])
        self.set_header("Location", f"/api/v1/outlets/imports/{table.id}")
        return shown_table(table, self.language)


class OutletImportHandler(ApiHandler):
    """`/outlets/imports/{outlet_table_id}`."""

    @operation(
        Operation(
            summary="See what became of an import of outlets",
            description="How far it is, and what is wrong with which row and column.",
            tag=TAG,
            roles=MANAGERS,
            reply=OutletTableSchema,
            refusals=(OutletTableUnknown,),
        )
    )
    async def get(self, outlet_table_id: str) -> dict[str, Any]:
        """Return a table with the faults of its rows."""
        table = await self.services.patrols.outlets.tables.get(self.actor, outlet_table_id)
        return shown_table(table, self.language)
