"""Event hashes against those of GS1's reference implementation, on many generated events; and what must not matter.

Where the two differ, the reference does not do what the standard says, and the generator keeps away from it:

- It writes a business transaction, source or destination in the order of the members in the JSON text, which says
  nothing; we write the id, then the type (rule 13). Without a type it raises.
- It raises on a fraction that rounds up to the next second, and on texts such as "inf".
- It replaces any text that ends like a standard word in the same document, not only standard words.
- It takes extensions whose names end in `List` apart, as if they were lists of the standard.
- It moves extensions of places and sensor data to the end where their namespace does not end in `/`, or where they are
  the only members of sensorMetadata, and does the same to bizRules of a sensorReport.
- It leaves the prefixes of the standard context unexpanded in names (rule 15), and does not look at an event's own
  `@context`.
- It leaves Digital Links with percent-encoded characters as they are.
"""

import random
from copy import deepcopy
from typing import Any

import pytest
from epcis_event_hash_generator import dl_normaliser, hash_generator, json_to_py

from services.epcis.digital_links import canonical_link
from services.epcis.events import body_of, read_event
from services.epcis.hashing import event_hash, prehash_of
from services.epcis.vocabulary import BIZ_STEP, DISPOSITION, MEASUREMENT, PARTY_TYPE, TRANSACTION_TYPE
from tests import epcis_examples as examples

SEED = 6920
EVENTS_OF_EACH_TYPE = 80


def reference_prehash(event: dict[str, Any]) -> str:
    """Return the pre-hash string of the reference implementation, which keeps prefixes from call to call."""
    json_to_py._namespaces.clear()
    simple = json_to_py.event_list_from_epcis_document_json(examples.document(event))
    (prehash,) = hash_generator.derive_prehashes_from_events(simple)
    return str(prehash)


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


@pytest.mark.parametrize("make", [epc_uris, links])
def test_identifiers_become_the_same_links(make: Any) -> None:
    luck = random.Random(SEED)
    for _ in range(300):
        for uri in make(luck):
            assert canonical_link(uri) == dl_normaliser.normaliser(uri), uri


def test_a_document_type_identifier_becomes_a_link() -> None:
    # The reference takes the dot before the serial number for a part of it.
    assert canonical_link("urn:epc:id:gdti:6901234.00002.PO-7") == "https://id.gs1.org/253/6901234000023PO-7"


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


@pytest.mark.parametrize(
    "kind", ["ObjectEvent", "AggregationEvent", "AssociationEvent", "TransactionEvent", "TransformationEvent"]
)
def test_generated_events_hash_as_the_reference_does(kind: str) -> None:
    luck = random.Random(f"{SEED} {kind}")
    for _ in range(EVENTS_OF_EACH_TYPE):
        event = generated(kind, luck)
        assert prehash_of(body_of(event, examples.PREFIXES)) == reference_prehash(event), event


@pytest.mark.parametrize("name", examples.EVENTS)
def test_examples_hash_as_the_reference_does(name: str) -> None:
    event = deepcopy(dict(examples.EVENTS[name]))
    theirs = hash_generator.calculate_hashes_from_pre_hashes([reference_prehash(event)])
    assert [event_hash(body_of(event, examples.PREFIXES))] == theirs


def shuffled(value: Any, luck: random.Random) -> Any:
    """Return the same JSON with the members of all objects in another order."""
    if isinstance(value, dict):
        names = list(value)
        luck.shuffle(names)
        return {name: shuffled(value[name], luck) for name in names}
    return [shuffled(element, luck) for element in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", examples.EVENTS)
def test_the_order_of_members_and_the_names_of_prefixes_do_not_matter(name: str) -> None:
    luck = random.Random(SEED)
    event = dict(examples.EVENTS[name])
    first = event_hash(body_of(event, examples.PREFIXES))
    assert event_hash(body_of(shuffled(event, luck), examples.PREFIXES)) == first
    renamed = {key.replace("example:", "e:"): value for key, value in event.items()}
    assert event_hash(body_of(renamed, {**examples.PREFIXES, "e": examples.PREFIXES["example"]})) == first


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"bizStep": "shipping"}, {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"}),
        ({"bizStep": "shipping"}, {"bizStep": "cbv:BizStep-shipping"}),
        ({"eventTime": "2026-03-01T08:00:00+08:00"}, {"eventTime": "2026-03-01T00:00:00.0000Z"}),
        ({"eventTime": "2026-03-01T00:00:00.9996Z"}, {"eventTime": "2026-03-01T00:00:01Z"}),
        ({"example:n": 1.0}, {"example:n": "1"}),
        ({"eventID": "urn:uuid:1"}, {"eventID": "urn:uuid:2", "recordTime": "2026-01-01T00:00:00Z"}),
        ({"epcList": ["urn:epc:id:sgln:6901234.00005.0"]}, {"epcList": ["https://example.org/gln/6901234000054?x=1"]}),
        ({"cbvmda:lot": "1"}, {"@context": {"m": "urn:epcglobal:cbv:mda:"}, "m:lot": "1"}),
    ],
)
def test_the_same_said_otherwise_hashes_the_same(first: dict[str, Any], second: dict[str, Any]) -> None:
    plain = {**examples.PERSISTENT, "@context": dict(examples.PREFIXES)}
    assert event_hash({**plain, **first}) == event_hash({**plain, **second})


def test_every_change_of_a_value_changes_the_hash() -> None:
    body = {"@context": dict(examples.PREFIXES), **examples.OBJECT_ADD}
    hashes = {event_hash(body)}
    for name, value in examples.OBJECT_ADD.items():
        if name in {"type", "eventID", "recordTime"}:
            continue
        hashes.add(event_hash({key: member for key, member in body.items() if key != name} | changed(name, value)))
    assert len(hashes) == len(examples.OBJECT_ADD) - 2


def changed(name: str, value: Any) -> dict[str, Any]:
    return (
        {name: "2026-01-01T00:00:00Z"} if name == "eventTime" else {} if isinstance(value, dict) else {name: value[:-1]}
    )


def test_an_event_without_an_id_takes_its_hash() -> None:
    event = read_event(body_of(examples.PERSISTENT, examples.PREFIXES))
    assert event.event_id == event_hash(event.body)
    assert event.event_id.startswith("ni:///sha-256;")
    assert event.event_id.endswith("?ver=CBV2.0")
