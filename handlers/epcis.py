"""EPCIS 2.0: capture and query."""

from urllib.parse import urlencode

from handlers.item_batches import WRITERS
from handlers.item_types import READERS
from handlers.operation import ApiHandler, Operation, operation
from handlers.problems import HeaderInvalid
from handlers.registered_items import RECORDING
from handlers.schemas.epcis import CapturedSchema, DocumentSchema, EventQuerySchema, QueryDocumentSchema
from handlers.wire import read_json, write_json
from services.common.pages import CursorInvalid
from services.epcis.errors import DocumentInvalid, QueryParameterInvalid, QueryParameterUnknown
from services.epcis.queries import parse_query
from services.epcis.writing import query_document_of
from services.identity.model import Role
from services.items.capturing import Captured
from services.items.errors import QueryTooLarge

TAG = "EPCIS"
# A thousand events of a few items each.
LARGEST_DOCUMENT = 4 * 1024 * 1024
BEHAVIOUR = "GS1-Capture-Error-Behaviour"
PROCEED = {"rollback": False, "proceed": True}


class CaptureHandler(ApiHandler):
    """`/epcis/capture`."""

    max_body_bytes = LARGEST_DOCUMENT
    media_types = frozenset({"application/json", "application/ld+json"})

    @operation(
        Operation(
            summary="Capture an EPCIS document",
            description="Takes an EPCISDocument (JSON-LD, EPCIS 2.0) of at most 1,000 events and 4 MB; answers when "
            "they are recorded. Capturing is idempotent by eventID, or by the event hash where there is none. With "
            f"`{BEHAVIOUR}: proceed` good events are recorded although others are refused; the usual `rollback` "
            "records all or none.",
            tag=TAG,
            roles=frozenset({*WRITERS, Role.INTEGRATOR}),
            file="application/ld+json",
            body=DocumentSchema,
            reply=CapturedSchema,
            refusals=(DocumentInvalid, HeaderInvalid, *RECORDING),
        )
    )
    async def post(self, data: bytes) -> Captured:
        """Record events."""
        behaviour = self.request.headers.get(BEHAVIOUR, "rollback").casefold()
        if behaviour not in PROCEED:
            raise HeaderInvalid
        return await self.services.items.capturing.capture(self.actor, data, read_json, proceed=PROCEED[behaviour])


class EventsHandler(ApiHandler):
    """`/epcis/events`."""

    @operation(
        Operation(
            summary="Query EPCIS events",
            description="The parameters are those of the standard's simple event query, such as `MATCH_anyEPC`, "
            "`EQ_bizStep`, `GE_eventTime`, `perPage` and `nextPageToken`; values of a list are separated by `|`. "
            "Answers with an EPCISQueryDocument; a `Link` header with rel=next leads to the following page. "
            "Newest recorded first, unless `orderBy` and `orderDirection` say otherwise.",
            tag=TAG,
            roles=frozenset({*READERS, Role.INTEGRATOR}),
            query=EventQuerySchema,
            reply=QueryDocumentSchema,
            media_type="application/ld+json",
            refusals=(QueryParameterUnknown, QueryParameterInvalid, QueryTooLarge, CursorInvalid),
        )
    )
    async def get(self) -> None:
        """Answer a query."""
        asked = dict(self.parameters)
        page = await self.services.items.querying.query(self.actor, parse_query(asked))
        if page.next is not None:
            following = urlencode({**asked, "nextPageToken": page.next})
            self.set_header("Link", f'</api/v1/epcis/events?{following}>; rel="next"')
        events = [(one.event, one.recorded_at) for one in page.events]
        self.set_header("Content-Type", "application/ld+json")
        self.finish(write_json(query_document_of(events, created_at=self.services.clock.now())))
