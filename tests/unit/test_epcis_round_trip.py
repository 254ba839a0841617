"""Accepted EPCIS events come back equal in meaning, whatever was in them."""

import json
import random
from datetime import timedelta

import pytest

from services.epcis.document import read_document, read_each
from services.epcis.errors import DocumentInvalid
from services.epcis.events import body_of, meaning
from services.epcis.model import EpcisEvent
from services.epcis.writing import document_of, query_document_of
from tests import epcis_examples as examples
from tests.epcis_examples import CONTEXT, NOW, document
from tests.epcis_mutations import spoilt

SEED = 19988
OBSERVED = examples.OBJECT_OBSERVE
MUTATIONS = 1500


@pytest.mark.parametrize("name", examples.EVENTS)
def test_an_event_comes_back_equal_in_meaning(name: str) -> None:
    (event,) = examples.read(examples.EVENTS[name])
    written = document_of([(event, NOW)], NOW)
    (again,) = read_document(written, NOW).events
    assert meaning(again.body) == meaning(event.body)
    assert meaning(event.body) == meaning(body_of(examples.EVENTS[name], examples.PREFIXES))
    assert again.event_id == event.event_id
    assert written["epcisBody"]["eventList"][0]["recordTime"] == "2026-03-31T12:00:00.000Z"


def test_events_of_different_documents_keep_their_prefixes_apart() -> None:
    prefixed = {**OBSERVED, "own:a": 1, "example:b": "own:c"}
    events = [
        event
        for namespace in ("https://one.example.org/", "https://two.example.org/")
        for event in read_document(
            document(prefixed, **{"@context": [CONTEXT, {**examples.PREFIXES, "own": namespace}]}), NOW
        ).events
    ]
    written = query_document_of([(event, NOW + timedelta(seconds=1)) for event in events], NOW)
    assert written["@context"] == [CONTEXT, {"example": examples.PREFIXES["example"]}]
    results = written["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert [event["@context"]["own"] for event in results] == ["https://one.example.org/", "https://two.example.org/"]
    assert events[0].event_id != events[1].event_id
    again = read_document(document(*results, **{"@context": written["@context"]}), NOW).events
    assert [meaning(event.body) for event in again] == [meaning(event.body) for event in events]


def test_given_prefixes_are_written_and_others_give_way() -> None:
    (event,) = examples.read(examples.OBJECT_ADD)
    written = document_of([(event, NOW)], NOW, {"example": "https://chengma.example.org/other/"})
    assert written["@context"] == [CONTEXT, {"example": "https://chengma.example.org/other/"}]
    (again,) = read_document(written, NOW).events
    assert meaning(again.body) == meaning(event.body)


def test_meaning_is_not_blind() -> None:
    plain = meaning(OBSERVED)
    assert meaning({**OBSERVED, "bizStep": "holding"}) != plain
    assert meaning({**OBSERVED, "example:a": 1}) != plain
    assert meaning({**OBSERVED, "eventTimeZoneOffset": "+09:00"}) != plain


def test_spoilt_documents_are_refused_or_come_back_equal() -> None:
    luck = random.Random(SEED)
    counts = {True: 0, False: 0}
    for _ in range(MUTATIONS):
        name = luck.choice(list(examples.EVENTS))
        candidate = spoilt(document(examples.EVENTS[name]), luck)
        try:
            outcomes = read_each(candidate, NOW)
        except DocumentInvalid:
            outcomes = ()
        events = [outcome for outcome in outcomes if isinstance(outcome, EpcisEvent)]
        counts[bool(events)] += 1
        written = json.loads(json.dumps(document_of([(event, NOW) for event in events], NOW)))
        again = read_document(written, NOW).events
        assert [event.event_id for event in again] == [event.event_id for event in events], candidate
        assert [meaning(event.body) for event in again] == [meaning(event.body) for event in events], candidate
    assert min(counts.values()) > MUTATIONS // 10, "some are refused and some are not"
