"""The shape of sensor data in events."""

from services.epcis.shapes import boolean, date_time, extensible, matching, number, sequence, term, text, uri
from services.epcis.vocabulary import COMPONENT, MEASUREMENT, SENSOR_ALERT

_METADATA = extensible(
    {
        "time": date_time,
        "startTime": date_time,
        "endTime": date_time,
        "deviceID": uri,
        "deviceMetadata": uri,
        "rawData": uri,
        "dataProcessingMethod": uri,
        "bizRules": uri,
    }
)
_REPORT = extensible(
    {
        "type": term(MEASUREMENT),
        "exception": term(SENSOR_ALERT),
        "component": term(COMPONENT),
        "time": date_time,
        "deviceID": uri,
        "deviceMetadata": uri,
        "rawData": uri,
        "dataProcessingMethod": uri,
        "bizRules": uri,
        "microorganism": uri,
        "chemicalSubstance": uri,
        "coordinateReferenceSystem": uri,
        "value": number,
        "minValue": number,
        "maxValue": number,
        "meanValue": number,
        "sDev": number,
        "percRank": number,
        "percValue": number,
        "stringValue": text,
        "booleanValue": boolean,
        "hexBinaryValue": matching("[A-Fa-f0-9]+", "hexadecimal digits are expected"),
        "uriValue": uri,
        "uom": text,
    },
    required=("type",),
)

SENSOR_ELEMENTS = sequence(
    extensible({"sensorMetadata": _METADATA, "sensorReport": sequence(_REPORT, least=1)}, required=("sensorReport",))
)
