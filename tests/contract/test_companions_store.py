"""Companions in the real database: a bounded list, a document once, nothing in the clear."""

import asyncio

import pytest

from services.common.clock import SystemClock, UlidSource
from services.common.idempotency import IdempotencyKeyReused
from services.common.model import IdempotentRequest
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.reservations.companions.errors import (
    CompanionKnown,
    CompanionRefused,
    CompanionsUnknown,
    CompanionUnknown,
    TooManyCompanions,
)
from services.reservations.companions.keeping import Companions
from services.reservations.companions.model import MOST_COMPANIONS, ChosenCompanion
from services.reservations.companions.mongo import COMPANIONS, MongoCompanions
from services.reservations.model import DocumentType, Visitor
from tests.factories import make_request, new_id


class Backwards:
    """A cipher that hides nothing from the tests and everything from a search."""

    async def encrypt(self, text: str) -> bytes:
        return text.encode()[::-1]

    async def decrypt(self, ciphertext: bytes) -> str:
        return ciphertext[::-1].decode()


def somebody(number: int = 1, **changes: object) -> Visitor:
    values = {"name": "示例访客", "id_type": DocumentType.PASSPORT, "id_number": f"E{number:08}", **changes}
    return Visitor(**values)  # type: ignore[arg-type]  # as the test says


@pytest.fixture
def companions(mongo: Mongo) -> Companions:
    return Companions(
        store=MongoCompanions(mongo),
        cipher=Backwards(),
        digest=KeyedDigest(b"pepper"),
        clock=SystemClock(),
        ids=UlidSource(),
    )


async def test_a_companion_comes_back_masked_and_is_kept_encrypted(companions: Companions, mongo: Mongo) -> None:
    citizen = new_id("cit")
    kept = await companions.add(citizen, somebody(12345678), None)
    assert (kept.name, kept.id_type, kept.id_number) == ("示***", "passport", "*****5678")
    assert await companions.all(citizen) == [kept]
    document = await mongo.collection(COMPANIONS).find_one({"citizen_id": citizen})
    assert "E12345678" not in str(document)
    assert await companions.all(new_id("cit")) == []


async def test_a_party_is_spelt_out_in_its_order(companions: Companions) -> None:
    citizen, typed = new_id("cit"), somebody(9)
    first = await companions.add(citizen, somebody(1), None)
    second = await companions.add(citizen, somebody(2, name="O'Brien-Smith, J. Example"), None)
    party = await companions.resolve(
        citizen, [ChosenCompanion(companion_id=second.id, minor=True), typed, ChosenCompanion(companion_id=first.id)]
    )
    assert party == (somebody(2, name="O'Brien-Smith, J. Example", minor=True), typed, somebody(1))
    assert await companions.resolve(citizen, [typed]) == (typed,)


async def test_companions_of_others_are_nobody(companions: Companions) -> None:
    citizen, other = new_id("cit"), new_id("cit")
    theirs = await companions.add(other, somebody(), None)
    with pytest.raises(CompanionsUnknown) as refused:
        await companions.resolve(citizen, [somebody(2), ChosenCompanion(companion_id=theirs.id)])
    assert [(one.path, one.code) for one in refused.value.errors] == [("visitors[1].companion_id", "companion_unknown")]
    with pytest.raises(CompanionUnknown):
        await companions.delete(citizen, theirs.id)
    assert await companions.all(other) == [theirs]


async def test_a_document_is_kept_once_for_each_citizen(companions: Companions) -> None:
    citizen = new_id("cit")
    kept = await companions.add(citizen, somebody(id_number="e00000001"), None)
    with pytest.raises(CompanionKnown) as refused:
        await companions.add(citizen, somebody(name="Another Name"), None)
    assert refused.value.extra == {"companion_id": kept.id}
    await companions.add(new_id("cit"), somebody(), None)
    await companions.delete(citizen, kept.id)
    await companions.add(citizen, somebody(name="Another Name"), None)


async def test_of_the_same_document_at_once_one_is_kept(companions: Companions) -> None:
    citizen = new_id("cit")
    outcomes = await asyncio.gather(
        *(companions.add(citizen, somebody(), None) for _ in range(5)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["CompanionKnown"] * 4 + ["MaskedCompanion"]


async def test_a_list_is_never_longer_than_its_bound(companions: Companions) -> None:
    citizen = new_id("cit")
    for number in range(MOST_COMPANIONS - 1):
        await companions.add(citizen, somebody(number), None)
    outcomes = await asyncio.gather(
        *(companions.add(citizen, somebody(100 + number), None) for number in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["MaskedCompanion"] + ["TooManyCompanions"] * 3
    found = await companions.all(citizen)
    assert len(found) == MOST_COMPANIONS
    with pytest.raises(TooManyCompanions):
        await companions.add(citizen, somebody(200), None)
    await companions.delete(citizen, found[7].id)
    await companions.add(citizen, somebody(200), None)


async def test_of_forty_at_once_all_places_are_taken_and_the_others_hear_why(companions: Companions) -> None:
    citizen = new_id("cit")
    outcomes = await asyncio.gather(
        *(companions.add(citizen, somebody(number), None) for number in range(2 * MOST_COMPANIONS)),
        return_exceptions=True,
    )
    expected = ["MaskedCompanion"] * MOST_COMPANIONS + ["TooManyCompanions"] * MOST_COMPANIONS
    assert sorted(type(one).__name__ for one in outcomes) == expected
    assert len(await companions.all(citizen)) == MOST_COMPANIONS


async def test_a_repeated_request_keeps_nobody_twice(companions: Companions) -> None:
    citizen, request = new_id("cit"), make_request()
    kept = await companions.add(citizen, somebody(), request)
    assert await companions.add(citizen, somebody(), request) == kept
    with pytest.raises(IdempotencyKeyReused):
        await companions.add(citizen, somebody(2), IdempotentRequest(id=request.id, fingerprint="another"))
    await companions.delete(citizen, kept.id)
    with pytest.raises(CompanionUnknown):
        await companions.add(citizen, somebody(), request)


async def test_a_document_of_a_wrong_form_is_refused(companions: Companions) -> None:
    with pytest.raises(CompanionRefused) as refused:
        await companions.add(new_id("cit"), somebody(id_type=DocumentType.TAIWAN_PERMIT), None)
    assert [(one.path, one.code) for one in refused.value.errors] == [("id_number", "taiwan_permit_malformed")]
