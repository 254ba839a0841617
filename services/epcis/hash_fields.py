"""The order of fields in the pre-hash string of an event (CBV 2.0, section 8.9.2)."""

from collections.abc import Mapping

from services.epcis.vocabulary import (
    BIZ_STEP,
    COMPONENT,
    DISPOSITION,
    MEASUREMENT,
    PARTY_TYPE,
    SENSOR_ALERT,
    TRANSACTION_TYPE,
    Vocabulary,
)

EVENT_FIELDS = (
    "eventTime",
    "eventTimeZoneOffset",
    "certificationInfo",
    "parentID",
    "epcList",
    "inputEPCList",
    "childEPCs",
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputEPCList",
    "outputQuantityList",
    "action",
    "transformationID",
    "bizStep",
    "disposition",
    "persistentDisposition",
    "readPoint",
    "bizLocation",
    "sensorElementList",
)
LISTED_LAST = ("bizTransactionList", "sourceList", "destinationList")
IGNORED = frozenset({"@context", "type", "eventID", "recordTime", "errorDeclaration"})
QUANTITY_FIELDS = ("epcClass", "quantity", "uom")
METADATA_FIELDS = (
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
)
REPORT_FIELDS = (
    "type",
    "exception",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "time",
    "microorganism",
    "chemicalSubstance",
    "value",
    "component",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
    "uom",
    "coordinateReferenceSystem",
    "bizRules",
)

# What the words of a field are, by the name of the field or of the list that it is in.
WORDS: Mapping[str, Vocabulary] = {
    "bizStep": BIZ_STEP,
    "disposition": DISPOSITION,
    "bizTransactionList": TRANSACTION_TYPE,
    "sourceList": PARTY_TYPE,
    "destinationList": PARTY_TYPE,
    "type": MEASUREMENT,
    "exception": SENSOR_ALERT,
    "component": COMPONENT,
}
