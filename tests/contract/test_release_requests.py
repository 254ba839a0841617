"""Requests for places in a draw, on the real store."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scripts.releases.verify_release import ticket_of
from services.common.mongo import Mongo
from services.reservations.errors import PartyRefused
from services.reservations.mongo.ledger import MongoLedger
from services.reservations.releases.errors import (
    AlreadyRequested,
    ChoiceRefused,
    DocumentRequested,
    ReleaseUnknown,
    RequestsClosed,
    RequestsNotOpen,
    RequestUnknown,
)
from tests.concurrency.desks import desk_on
from tests.contract.documents import Documents
from tests.factories import make_request, new_id
from tests.releases import Hand, Notes, Office, somebody


@pytest.fixture
def office(mongo: Mongo) -> Office:
    """A process, at a venue of its own."""
    return Office(
        mongo=mongo, desk=desk_on(MongoLedger(mongo)), venue_id=new_id("ven"), clock=Hand(), notes=Notes(["first"])
    )


async def test_a_request_is_judged_as_a_booking_and_comes_once(office: Office) -> None:
    slot, plain = await office.open_slot(office.day), await office.open_slot(office.day + timedelta(days=1))
    now, person, visitor = office.clock.now(), new_id("cit"), somebody()
    wish = office.wish(office.day, requests_open_at=now + timedelta(minutes=5))
    release = await office.opening.make(wish)
    with pytest.raises(RequestsNotOpen):
        await office.ask(release, slot)
    office.pass_to(wish.requests_open_at)
    for choices in ((plain,), (slot, slot), (replace(slot, id=new_id("slt")),)):
        with pytest.raises(ChoiceRefused):
            await office.ask(release, *choices)
    with pytest.raises(PartyRefused):
        await office.ask(release, slot, party=6)
    with pytest.raises(ReleaseUnknown):
        await office.ask(replace(release, id=new_id("rel")), slot)
    key = make_request()
    asked = await office.ask(release, slot, citizen_id=person, visitors=(somebody(), visitor), request=key)
    assert await office.ask(release, slot, citizen_id=person, visitors=(somebody(), visitor), request=key) == asked
    with pytest.raises(AlreadyRequested):
        await office.ask(release, slot, citizen_id=person)
    with pytest.raises(DocumentRequested) as refused:
        await office.ask(release, slot, visitors=(somebody(), somebody(), visitor))
    assert refused.value.indexes == (2,)
    assert await office.requesting.own(release.id, person) == asked
    with pytest.raises(RequestUnknown):
        await office.requesting.own(release.id, new_id("cit"))
    assert asked.ticket == ticket_of(asked.id, asked.salt)


async def test_a_withdrawn_request_leaves_nothing_and_frees_its_people(office: Office, documents: Documents) -> None:
    slot, person, visitor = await office.open_slot(office.day), new_id("cit"), somebody()
    release = await office.opening.make(office.wish(office.day))
    await office.ask(release, slot, citizen_id=person, visitors=(visitor,))
    await office.requesting.withdraw(release.id, person)
    assert await documents.find("release_requests", release_id=release.id) == []
    with pytest.raises(RequestUnknown):
        await office.requesting.withdraw(release.id, person)
    again = await office.ask(release, slot, visitors=(visitor,))
    frozen = await office.freeze(release)
    with pytest.raises(RequestsClosed):
        await office.requesting.withdraw(release.id, again.citizen_id)
    with pytest.raises(RequestsClosed):
        await office.ask(release, slot)
    assert frozen.frozen is not None
    assert frozen.frozen.requests == 1
