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
from tests import epcis_examples as examples
from tests.epcis_generator import epc_uris, generated, links

SEED = 6920
EVENTS_OF_EACH_TYPE = 80


def reference_prehash(event: dict[str, Any]) -> str:
    """Return the pre-hash string of the reference implementation, which keeps prefixes from call to call."""
    json_to_py._namespaces.clear()
    simple = json_to_py.event_list_from_epcis_document_json(examples.document(event))
    (prehash,) = hash_generator.derive_prehashes_from_events(simple)
    return str(prehash)


@pytest.mark.parametrize("make", [epc_uris, links])
def test_identifiers_become_the_same_links(make: Any) -> None:
    luck = random.Random(SEED)
    for _ in range(300):
        for uri in make(luck):
            assert canonical_link(uri) == dl_normaliser.normaliser(uri), uri


def test_a_document_type_identifier_becomes_a_link() -> None:
    # The reference takes the dot before the serial number for a part of it.
    assert canonical_link("urn:epc:id:gdti:6901234.00002.PO-7") == "https://id.gs1.org/253/6901234000023PO-7"


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
