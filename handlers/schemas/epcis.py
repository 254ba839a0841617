"""EPCIS documents and queries: what they must be is the standard's, so they are read elsewhere."""

from typing import Any

from marshmallow import ValidationError, fields

from handlers.schemas.common import FieldProblemSchema, shown
from handlers.schemas.fields import Items, Part, WireSchema

MOST_EVENTS = 1000
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


class DocumentSchema(WireSchema):
    """An EPCISDocument in JSON-LD, in outline: `services.epcis` checks it."""

    context = fields.List(fields.Raw(), required=True, data_key="@context", metadata={"examples": [[CONTEXT]]})
    type = shown("EPCISDocument")
    schemaVersion = shown("2.0")  # noqa: N815 -- the standard's
    creationDate = shown("2026-11-22T09:00:00+08:00")  # noqa: N815 -- the standard's
    epcisBody = fields.Dict(required=True, metadata={"description": "`{eventList: [...]}`."})  # noqa: N815 -- as above


class QueryDocumentSchema(DocumentSchema):
    """An EPCISQueryDocument: events in `epcisBody.queryResults.resultsBody.eventList`."""

    type = shown("EPCISQueryDocument")
    epcisBody = fields.Dict(required=True, metadata={"description": "`{queryResults: ...}`."})  # noqa: N815 -- as above


class EventQuerySchema(WireSchema):
    """The parameters of the simple event query; here those that are asked for most."""

    eventType = fields.String(metadata={"examples": ["ObjectEvent"]})  # noqa: N815 -- the standard's, as are all below
    GE_eventTime = fields.String(metadata={"description": "At or after."})
    LT_eventTime = fields.String(metadata={"description": "Before."})
    GE_recordTime = fields.String()
    LT_recordTime = fields.String()
    EQ_action = fields.String()
    EQ_bizStep = fields.String(metadata={"examples": ["inspecting"]})
    EQ_disposition = fields.String()
    EQ_readPoint = fields.String()
    EQ_bizLocation = fields.String()
    EQ_eventID = fields.String()
    MATCH_epc = fields.String(metadata={"description": "In epcList or childEPCs. Exact ids, separated by `|`."})
    MATCH_anyEPC = fields.String()
    MATCH_parentID = fields.String()
    EXISTS_errorDeclaration = fields.String()
    orderBy = fields.String(metadata={"description": "`recordTime`, or `eventTime` with MATCH_."})  # noqa: N815
    orderDirection = fields.String(metadata={"examples": ["DESC"]})  # noqa: N815
    perPage = fields.String(metadata={"examples": ["30"]})  # noqa: N815
    nextPageToken = fields.String()  # noqa: N815

    def load(self, data: Any, **_: Any) -> Any:
        """Return the parameters as they came, each once: `services.epcis.queries` reads them."""
        twice = {name: ["repeated: once only"] for name, value in data.items() if not isinstance(value, str)}
        if twice:
            raise ValidationError(twice)
        return data


class CapturedSchema(WireSchema):
    """What became of a document."""

    recorded = Items(
        fields.String(), most=MOST_EVENTS, required=True, metadata={"description": "eventIDs recorded now."}
    )
    known = Items(
        fields.String(), most=MOST_EVENTS, required=True, metadata={"description": "eventIDs recorded before."}
    )
    refused = Items(Part(FieldProblemSchema), most=100_000, required=True)
