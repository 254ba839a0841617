"""The open interface: what machine clients read, and the standard it follows, for anybody."""

from collections.abc import Mapping
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.problems import RouteUnknown
from handlers.schemas.clients import OpenRecordsQuery, OpenRecordsSchema, RecordSchemaSchema, StandardListSchema
from handlers.schemas.patrol_statistics import FiguresQuery, FiguresSchema
from handlers.wire import write_json
from services.clients.model import ClientScope, FeedPage
from services.clients.rules import reader_of
from services.common.pages import CursorInvalid
from services.patrols.statistics.counting import FiguresWanted
from services.patrols.statistics.errors import FiguresTooWide
from services.patrols.statistics.model import Figures
from services.sync.model import RecordKind

TAG = "Open interface"
SCHEMA_TYPE = "application/schema+json"
FOR_AN_HOUR = "public, max-age=3600"


class OpenRecordsHandler(ApiHandler):
    """`/open/records`."""

    @operation(
        Operation(
            summary="Read changed records",
            description="The records of one kind in the client's districts, by the data standard, in the order of "
            "their latest changes. To keep a copy: begin without `after`, go on with `next` at once while there is "
            "`more`, and from time to time when there is not; put each record in place of what you have under "
            "its `id`, unless that has the higher `version`. A change comes a minute after it was delivered to the "
            "city's main system. Ids of reservations, admissions and staff are pseudonyms made for this client alone.",
            tag=TAG,
            client_scope=ClientScope.RECORDS_READ,
            query=OpenRecordsQuery,
            reply=OpenRecordsSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> FeedPage:
        """Return a page of records."""
        asked = self.parameters
        return await self.services.clients.feed.page(self.client, asked["kind"], asked["after"], asked["limit"])


class OpenStatisticsHandler(ApiHandler):
    """`/open/statistics`."""

    @operation(
        Operation(
            summary="Read figures about patrols",
            description="Counts of sites, visits and findings in the client's districts; nothing about persons.",
            tag=TAG,
            client_scope=ClientScope.STATISTICS_READ,
            query=FiguresQuery,
            reply=FiguresSchema,
            refusals=(FiguresTooWide,),
        )
    )
    async def get(self) -> Figures:
        """Return figures."""
        wanted = FiguresWanted(**self.parameters)
        return await self.services.patrols.statistics.figures(reader_of(self.client), wanted)


class OpenStandardHandler(ApiHandler):
    """`/open/standard`."""

    @operation(
        Operation(
            summary="List the kinds of records",
            description="What the data standard has a schema for, for anybody.",
            tag=TAG,
            reply=StandardListSchema,
        )
    )
    async def get(self) -> Mapping[str, Any]:
        """Return all kinds."""
        self.set_header("Cache-Control", FOR_AN_HOUR)
        schemas = [self.services.clients.standard.schema(kind) for kind in RecordKind]
        items = [
            {
                "kind": one.kind,
                "standard": one.standard,
                "version": one.document["x-version"],
                "title": one.document["title"],
                "title_zh": one.document["x-title-zh"],
                "schema": f"/api/v1/open/standard/{one.kind}",
            }
            for one in schemas
        ]
        return {"items": items}


class OpenSchemaHandler(ApiHandler):
    """`/open/standard/{kind}`."""

    @operation(
        Operation(
            summary="Get the schema of a kind of records",
            description="JSON Schema, draft 2020-12, for anybody.",
            tag=TAG,
            reply=RecordSchemaSchema,
            media_type=SCHEMA_TYPE,
            refusals=(RouteUnknown,),
        )
    )
    async def get(self, kind: str) -> None:
        """Return the schema."""
        if kind not in set(RecordKind):
            raise RouteUnknown
        self.set_header("Cache-Control", FOR_AN_HOUR)
        self.set_header("Content-Type", SCHEMA_TYPE)
        self.finish(write_json(self.services.clients.standard.schema(RecordKind(kind)).document))
