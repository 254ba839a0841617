"""Invented EPCIS 2.0 events and documents of every kind and shape that the standard knows."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from services.epcis.document import read_document
from services.epcis.model import EpcisEvent

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
PREFIXES = {"example": "https://ns.example.org/epcis/", "chengma": "https://chengma.example.org/ns/"}

ITEM_1 = "urn:chengma:item:itm_01jd0000000000000000000001"
ITEM_2 = "urn:chengma:item:itm_01jd0000000000000000000002"
ITEM_3 = "urn:chengma:item:itm_01jd0000000000000000000003"
CRATE = "urn:epc:id:sscc:6901234.0000000017"
VENUE = "urn:chengma:place:ven_01jd0000000000000000000009"
LOCATION = "urn:epc:id:sgln:6901234.00005.0"

_WHEN: Mapping[str, Any] = {"eventTime": "2026-03-01T09:30:00.125+08:00", "eventTimeZoneOffset": "+08:00"}

OBJECT_ADD: Mapping[str, Any] = {
    "type": "ObjectEvent",
    "eventID": "urn:uuid:7b0e5a0c-0f3c-4b8e-9d40-000000000001",
    **_WHEN,
    "recordTime": "2026-03-01T01:31:00Z",
    "action": "ADD",
    "bizStep": "commissioning",
    "disposition": "active",
    "epcList": [ITEM_1, "urn:epc:id:sgtin:6901234.011111.2026"],
    "quantityList": [
        {"epcClass": "urn:epc:class:lgtin:6901234.011111.A1", "quantity": 200, "uom": "KGM"},
        {"epcClass": "urn:epc:idpat:sgtin:6901234.011111.*", "quantity": 1.5},
    ],
    "readPoint": {"id": VENUE, "example:desk": "2"},
    "bizLocation": {"id": LOCATION},
    "bizTransactionList": [{"bizTransaction": "urn:chengma:paper:2026-17", "type": "po"}],
    "ilmd": {"example:bestBefore": "2027-01-01", "example:maker": {"example:name": "示例印刷厂", "example:lot": 7}},
    "example:note": "示例",
    "example:parts": [{"example:part": "a"}, {"example:part": "b"}],
}
OBJECT_OBSERVE: Mapping[str, Any] = {
    "type": "ObjectEvent",
    **_WHEN,
    "action": "OBSERVE",
    "bizStep": "https://example.org/steps/blessing",
    "epcList": [ITEM_1],
    "certificationInfo": ["https://example.org/certificates/2", "https://example.org/certificates/1"],
    "sourceList": [{"source": VENUE, "type": "possessing_party"}],
    "destinationList": [
        {"destination": "urn:epc:id:pgln:6901234.00005", "type": "owning_party"},
        {"destination": LOCATION, "type": "location"},
    ],
}
OBJECT_DELETE: Mapping[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-02T00:00:00Z",
    "eventTimeZoneOffset": "-05:30",
    "action": "DELETE",
    "bizStep": "destroying",
    "disposition": "destroyed",
    "epcList": [],
    "quantityList": [{"epcClass": "https://id.example.org/01/06901234000016/10/B2", "quantity": 3}],
    "certificationInfo": "https://example.org/certificates/3",
}
SENSOR_ONLY: Mapping[str, Any] = {
    "type": "ObjectEvent",
    **_WHEN,
    "action": "OBSERVE",
    "bizStep": "sensor_reporting",
    "readPoint": {"id": "https://id.example.org/414/6901234000050/254/cellar"},
    "sensorElementList": [
        {
            "sensorMetadata": {
                "time": "2026-03-01T09:00:00+08:00",
                "startTime": "2026-03-01T08:00:00+08:00",
                "endTime": "2026-03-01T09:00:00+08:00",
                "deviceID": "urn:epc:id:giai:6901234.probe-1",
                "deviceMetadata": "https://example.org/devices/1",
                "rawData": "https://example.org/raw/1",
                "dataProcessingMethod": "https://example.org/methods/1",
                "bizRules": "https://example.org/rules/1",
                "example:battery": "good",
            },
            "sensorReport": [
                {"type": "Temperature", "value": 18.50, "uom": "CEL", "minValue": 17.0, "maxValue": 19, "sDev": 0.1},
                {"type": "RelativeHumidity", "meanValue": 55.25, "percRank": 50, "percValue": 12.7, "uom": "A93"},
                {"type": "Angle", "component": "latitude", "coordinateReferenceSystem": "https://epsg.io/4326"},
                {
                    "type": "https://example.org/measures/Dust",
                    "exception": "ALARM_CONDITION",
                    "time": "2026-03-01T08:59:59.9994+08:00",
                    "microorganism": "https://example.org/taxa/1126011",
                    "chemicalSubstance": "https://example.org/substances/CZMRCD",
                    "stringValue": "some",
                    "booleanValue": True,
                    "hexBinaryValue": "f0f0f0",
                    "uriValue": "https://example.org/values/1",
                    "example:shelf": "3",
                },
            ],
            "example:rack": "north",
        }
    ],
}
AGGREGATION: Mapping[str, Any] = {
    "type": "AggregationEvent",
    **_WHEN,
    "action": "ADD",
    "bizStep": "packing",
    "parentID": CRATE,
    "childEPCs": [ITEM_2, ITEM_1],
    "childQuantityList": [{"epcClass": "urn:epc:idpat:sgtin:6901234.011111.*", "quantity": 10}],
}
AGGREGATION_END: Mapping[str, Any] = {"type": "AggregationEvent", **_WHEN, "action": "DELETE", "parentID": CRATE}
TRANSACTION: Mapping[str, Any] = {
    "type": "TransactionEvent",
    **_WHEN,
    "action": "ADD",
    "bizStep": "shipping",
    "disposition": "in_transit",
    "bizTransactionList": [
        {"bizTransaction": "urn:chengma:transfer:trf_1", "type": "desadv"},
        {"bizTransaction": "https://example.org/papers/1", "type": "https://example.org/papers/loan"},
    ],
    "parentID": CRATE,
    "epcList": [ITEM_1],
    "quantityList": [{"epcClass": "urn:epc:idpat:sgtin:6901234.011111.*"}],
}
TRANSFORMATION: Mapping[str, Any] = {
    "type": "TransformationEvent",
    **_WHEN,
    "inputEPCList": [ITEM_1],
    "inputQuantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.011111.A1", "quantity": 0.5, "uom": "KGM"}],
    "outputEPCList": [ITEM_3, ITEM_2],
    "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.011112.A1", "quantity": 1}],
    "bizStep": "repairing",
    "ilmd": {"chengma:material": "木"},
}
TRANSFORMATION_IN: Mapping[str, Any] = {
    "type": "TransformationEvent",
    **_WHEN,
    "transformationID": "urn:chengma:transformation:1",
    "inputEPCList": [ITEM_1],
}
TRANSFORMATION_OUT: Mapping[str, Any] = {
    "type": "TransformationEvent",
    **_WHEN,
    "transformationID": "urn:chengma:transformation:1",
    "outputQuantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.011112.A1", "quantity": 4}],
}
ASSOCIATION: Mapping[str, Any] = {
    "type": "AssociationEvent",
    **_WHEN,
    "action": "ADD",
    "bizStep": "installing",
    "parentID": "urn:epc:id:grai:6901234.55555.7",
    "childEPCs": ["urn:epc:id:giai:6901234.lamp-9"],
    "bizLocation": {"id": VENUE},
}
PERSISTENT: Mapping[str, Any] = {
    "type": "ObjectEvent",
    **_WHEN,
    "action": "OBSERVE",
    "bizStep": "inspecting",
    "epcList": [ITEM_1],
    "persistentDisposition": {"set": ["completeness_verified", "conformant"], "unset": ["completeness_inferred"]},
}
ERROR: Mapping[str, Any] = {
    **OBJECT_ADD,
    "errorDeclaration": {
        "declarationTime": "2026-03-02T08:00:00+08:00",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:7b0e5a0c-0f3c-4b8e-9d40-000000000002"],
        "example:by": "示例人员",
    },
}

EVENTS: Mapping[str, Mapping[str, Any]] = {
    "object added": OBJECT_ADD,
    "object observed": OBJECT_OBSERVE,
    "object deleted": OBJECT_DELETE,
    "sensor data only": SENSOR_ONLY,
    "aggregation": AGGREGATION,
    "end of aggregation": AGGREGATION_END,
    "transaction": TRANSACTION,
    "transformation": TRANSFORMATION,
    "inputs of a transformation": TRANSFORMATION_IN,
    "outputs of a transformation": TRANSFORMATION_OUT,
    "association": ASSOCIATION,
    "persistent disposition": PERSISTENT,
    "error declaration": ERROR,
}


def document(*events: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """Return a document of copies of these events, with further or other members."""
    whole = {
        "@context": [CONTEXT, PREFIXES],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T12:00:00.000+08:00",
        "epcisBody": {"eventList": list(events)},
        **members,
    }
    return deepcopy(whole)


MASTER_DATA: Mapping[str, Any] = {
    "epcisMasterData": {
        "vocabularyList": [
            {
                "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
                "vocabularyElementList": [
                    {
                        "id": VENUE,
                        "attributes": [
                            {"id": "urn:epcglobal:cbv:mda#name", "attribute": "示例场所"},
                            {"id": "cbv:mda#floors", "attribute": 2},
                            {"id": "example:place", "attribute": {"example:lng": 120.1}},
                        ],
                        "children": [LOCATION],
                    }
                ],
            }
        ]
    }
}
EVERYTHING = document(
    *EVENTS.values(),
    id="https://example.org/documents/1",
    instanceIdentifier="2026-1",
    sender="示例机关",
    receiver="示例场所",
    epcisHeader=MASTER_DATA,
)


def read(*events: Mapping[str, Any]) -> tuple[EpcisEvent, ...]:
    """Return these events as a document of them is read."""
    return read_document(document(*events), NOW).events
