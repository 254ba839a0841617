"""Makes EPCIS events of every type at random, with identifiers of every GS1 scheme."""

import random
from typing import Any

from services.epcis.vocabulary import BIZ_STEP, DISPOSITION, MEASUREMENT, PARTY_TYPE, TRANSACTION_TYPE
from tests import epcis_examples as examples


def digits(luck: random.Random, count: int) -> str:
    return "".join(luck.choice("0123456789") for _ in range(count))


def serial(luck: random.Random) -> str:
    return "".join(luck.choice(("a", "Z", "7", "-", "_", "(", "+", ":", "%2F", "!")) for _ in range(luck.randint(1, 6)))


def numeric_reference(luck: random.Random, total: int) -> str:
    company = luck.randint(6, 12 if total > 12 else 11)
    return f"{digits(luck, company)}.{digits(luck, total - company)}"


def epc_uris(luck: random.Random) -> list[str]:
    """Return an EPC URI of every scheme."""
    return [
        f"urn:epc:id:sgtin:{numeric_reference(luck, 13)}.{serial(luck)}",
        f"urn:epc:id:sscc:{numeric_reference(luck, 17)}",
        f"urn:epc:id:sgln:{numeric_reference(luck, 12)}.{luck.choice(('0', serial(luck)))}",
        f"urn:epc:id:grai:{numeric_reference(luck, 12)}.{serial(luck)}",
        f"urn:epc:id:giai:{digits(luck, 7)}.{serial(luck)}",
        f"urn:epc:id:gsrn:{numeric_reference(luck, 17)}",
        f"urn:epc:id:gsrnp:{numeric_reference(luck, 17)}",
        f"urn:epc:id:cpi:{digits(luck, 8)}.A7-%23.{digits(luck, 4)}",
        f"urn:epc:id:sgcn:{numeric_reference(luck, 12)}.{digits(luck, 5)}",
        f"urn:epc:id:ginc:{digits(luck, 9)}.{serial(luck)}",
        f"urn:epc:id:gsin:{numeric_reference(luck, 16)}",
        f"urn:epc:id:itip:{numeric_reference(luck, 13)}.01.02.{serial(luck)}",
        f"urn:epc:id:upui:{numeric_reference(luck, 13)}.{serial(luck)}",
        f"urn:epc:id:pgln:{numeric_reference(luck, 12)}",
        f"urn:epc:class:lgtin:{numeric_reference(luck, 13)}.{serial(luck)}",
        f"urn:epc:idpat:sgtin:{numeric_reference(luck, 13)}.*",
        f"urn:epc:idpat:upui:{numeric_reference(luck, 13)}.*",
        f"urn:epc:idpat:cpi:{digits(luck, 8)}.A7-.*",
        f"urn:epc:idpat:itip:{digits(luck, 6)}.{digits(luck, 7)}.01.02.*",
        f"urn:epc:idpat:grai:{numeric_reference(luck, 12)}.*",
        f"urn:epc:idpat:gdti:{numeric_reference(luck, 12)}.*",
        f"urn:epc:id:sgtin:{digits(luck, 5)}.{digits(luck, 8)}.1",
        f"urn:epc:id:sscc:{digits(luck, 7)}.{digits(luck, 9)}",
        f"urn:epc:id:unknown:{digits(luck, 7)}.{digits(luck, 6)}",
    ]


def links(luck: random.Random) -> list[str]:
    """Return Digital Links with keys and qualifiers of many kinds, and links that are none."""
    site = luck.choice(("https://id.gs1.org", "http://example.org", "https://id.example.org/some/path"))
    gtin = digits(luck, luck.choice((8, 12, 13, 14)))
    return [
        f"{site}/01/{gtin}",
        f"{site}/gtin/{gtin}/ser/A1?x=1",
        f"{site}/01/{gtin}/10/L.1/21/S.2",
        f"{site}/01/{gtin}/22/2A/10/L1",
        f"{site}/01/{gtin}/235/U1",
        f"{site}/00/{digits(luck, 18)}",
        f"{site}/sscc/{digits(luck, 18)}?a=b",
        f"{site}/414/{digits(luck, 13)}",
        f"{site}/gln/{digits(luck, 13)}/254/hall",
        f"{site}/417/{digits(luck, 13)}",
        f"{site}/8003/{digits(luck, 14)}A1",
        f"{site}/8004/{digits(luck, 9)}lamp",
        f"{site}/8006/{digits(luck, 18)}/21/S1",
        f"{site}/8018/{digits(luck, 18)}",
        f"{site}/253/{digits(luck, 13)}X",
        f"{site}/01/{digits(luck, 9)}",
        f"{site}/papers/{digits(luck, 6)}",
        f"{site}/01/{gtin}/21/S1#part",
    ]


def instant(luck: random.Random) -> str:
    day = f"20{luck.randint(10, 35)}-{luck.randint(1, 12):02}-{luck.randint(1, 28):02}"
    clock = f"{luck.randint(0, 23):02}:{luck.randint(0, 59):02}:{luck.randint(0, 59):02}"
    fraction = luck.choice(("", ".1", ".12", ".123", ".0005", ".0015", ".1234567", ".99949"))
    return f"{day}T{clock}{fraction}{luck.choice(('Z', '+08:00', '-05:30', '+14:00'))}"


def identifier(luck: random.Random) -> str:
    return luck.choice([*epc_uris(luck), *links(luck), examples.ITEM_1, f"example:{digits(luck, 3)}"])


def amount(luck: random.Random) -> float:
    return luck.choice((0, 1, 1.0, 0.10, 12.50, -3.25, 1e-7, 1e21, luck.randint(0, 10**9), luck.random()))


def quantities(luck: random.Random) -> list[dict[str, Any]]:
    return [
        {"epcClass": identifier(luck), **luck.choice(({}, {"quantity": amount(luck), "uom": "KGM"}))}
        for _ in range(luck.randint(1, 3))
    ]


def extension(luck: random.Random, depth: int = 0) -> Any:
    simple = ("text", " spaced ", "0012", "1.50", "", True, False, None, amount(luck), instant(luck), identifier(luck))
    what = luck.randrange(4 if depth < 3 else 2)
    if what <= 1:
        return luck.choice(simple)
    if what == 2:
        return [extension(luck, depth + 1) for _ in range(luck.randint(0, 3))]
    return {f"{prefix}:{digits(luck, 1)}": extension(luck, depth + 1) for prefix in ("example", "chengma")}


def sensor_element(luck: random.Random) -> dict[str, Any]:
    def report() -> dict[str, Any]:
        fields = {
            "exception": "ALARM_CONDITION",
            "deviceID": identifier(luck),
            "time": instant(luck),
            "microorganism": "https://example.org/m/1",
            "value": amount(luck),
            "component": "easting",
            "stringValue": "so",
            "booleanValue": luck.choice((True, False)),
            "hexBinaryValue": "0f",
            "uriValue": identifier(luck),
            "minValue": amount(luck),
            "meanValue": amount(luck),
            "uom": "CEL",
            "coordinateReferenceSystem": "https://epsg.io/4326",
            "example:more": extension(luck),
        }
        return {"type": luck.choice(sorted(MEASUREMENT.words)), **some(fields, luck)}

    metadata = {"startTime": instant(luck), "endTime": instant(luck), "bizRules": "urn:x:1", "example:e": "1"}
    whole = {"sensorMetadata": {"time": instant(luck), **some(metadata, luck)}, "example:s": extension(luck)}
    return {**some(whole, luck), "sensorReport": [report() for _ in range(luck.randint(1, 3))]}


def some(fields: dict[str, Any], luck: random.Random) -> dict[str, Any]:
    """Return some of these fields, in any order."""
    names = [name for name in fields if luck.random() < 0.6]
    luck.shuffle(names)
    return {name: fields[name] for name in names}


def own_fields(kind: str, luck: random.Random) -> dict[str, Any]:
    ids = [identifier(luck) for _ in range(luck.randint(1, 4))]
    children = {"parentID": identifier(luck), "childEPCs": ids, "childQuantityList": quantities(luck)}
    dispositions = luck.sample(sorted(DISPOSITION.words), 3)
    persistent = {"persistentDisposition": {"set": dispositions[:2], "unset": dispositions[2:]}}
    made = {"ilmd": {"example:a": extension(luck), "chengma:b": extension(luck)}, **persistent}
    fields: dict[str, dict[str, Any]] = {
        "ObjectEvent": {"action": "ADD", "epcList": ids, "quantityList": quantities(luck), **made},
        "AggregationEvent": {"action": "DELETE", **children},
        "AssociationEvent": {"action": "ADD", **children},
        "TransactionEvent": {"action": "OBSERVE", "epcList": ids, "parentID": identifier(luck)},
        "TransformationEvent": {
            "inputEPCList": ids,
            "outputEPCList": [identifier(luck)],
            "inputQuantityList": quantities(luck),
            "outputQuantityList": quantities(luck),
            "transformationID": identifier(luck),
            **made,
        },
    }
    return fields[kind]


def typed(member: str, words: frozenset[str], luck: random.Random) -> list[dict[str, str]]:
    kinds = [*sorted(words), "https://example.org/kinds/other"]
    return [{member: identifier(luck), "type": luck.choice(kinds)} for _ in range(luck.randint(1, 3))]


def generated(kind: str, luck: random.Random) -> dict[str, Any]:
    fields = {
        "eventID": f"urn:uuid:{digits(luck, 12)}",
        "recordTime": instant(luck),
        "certificationInfo": luck.choice(("https://example.org/c/1", ["urn:c:2", "urn:c:1"])),
        "errorDeclaration": {"declarationTime": instant(luck), "reason": "did_not_occur"},
        "bizStep": luck.choice([*sorted(BIZ_STEP.words), "https://example.org/steps/blessing"]),
        "disposition": luck.choice(sorted(DISPOSITION.words)),
        "readPoint": {"id": identifier(luck), "example:x": extension(luck)},
        "bizLocation": {"id": identifier(luck)},
        "bizTransactionList": typed("bizTransaction", TRANSACTION_TYPE.words, luck),
        "sourceList": typed("source", PARTY_TYPE.words, luck),
        "destinationList": typed("destination", PARTY_TYPE.words, luck),
        "sensorElementList": [sensor_element(luck) for _ in range(luck.randint(1, 2))],
        "example:top": extension(luck),
        "chengma:other": extension(luck),
        "https://example.org/absolute": extension(luck),
        "rdfs:comment": "not a part of it",
    }
    known = {"type": kind, "eventTime": instant(luck), "eventTimeZoneOffset": luck.choice(("+08:00", "-05:30"))}
    return {**known, **own_fields(kind, luck), **some(fields, luck)}
