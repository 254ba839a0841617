"""The last characters of a document at the gate: few tries, counted together, however many gates try at once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.admissions.errors import DocumentTailNeeded, DocumentTailTries, DocumentTailWrong
from services.admissions.mongo import MongoTailTries
from services.admissions.tails import MOST_TRIES, TRIES_WITHIN, DocumentTails
from services.common.errors import DomainError
from services.common.mongo import Mongo
from tests.factories import new_id
from tests.ratings import Watch


class Party:
    """Documents that end so."""

    async def tails_of(self, reservation_id: str, venue_id: str) -> Sequence[str]:
        assert reservation_id.startswith("rsv_")
        return ("5678", "002X") if venue_id == "ven_1" else ()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def tails(mongo: Mongo, watch: Watch) -> DocumentTails:
    return DocumentTails(holders=Party(), tries=MongoTailTries(mongo), clock=watch)


async def tried(tails: DocumentTails, slip: str, tail: str | None, venue_id: str = "ven_1") -> str:
    try:
        await tails.ensure_right(slip, venue_id, tail)
    except DomainError as refusal:
        return refusal.code
    return "right"


async def test_any_document_of_the_party_will_do(tails: DocumentTails) -> None:
    slip = new_id("rsv")
    assert [await tried(tails, slip, tail) for tail in ("5678", "002X", "002x")] == ["right"] * 3
    assert await tried(tails, slip, None) == DocumentTailNeeded.code
    assert await tried(tails, slip, "5679") == DocumentTailWrong.code
    assert await tried(tails, slip, "5678", "ven_2") == DocumentTailWrong.code


async def test_right_ones_are_not_counted_and_wrong_ones_are(tails: DocumentTails, watch: Watch) -> None:
    slip, other = new_id("rsv"), new_id("rsv")
    for _ in range(2 * MOST_TRIES):
        assert await tried(tails, slip, "5678") == "right"
    for _ in range(MOST_TRIES):
        assert await tried(tails, slip, "0000") == DocumentTailWrong.code
    with pytest.raises(DocumentTailTries) as refused:
        await tails.ensure_right(slip, "ven_1", "5678")
    assert refused.value.retry_after_s is not None
    assert 0 < refused.value.retry_after_s <= TRIES_WITHIN.total_seconds() + 1
    assert await tried(tails, other, "5678") == "right"
    watch.ahead = TRIES_WITHIN + timedelta(seconds=1)
    assert await tried(tails, slip, "5678") == "right"


async def test_many_gates_have_no_more_tries_than_one(mongo: Mongo, watch: Watch) -> None:
    slip = new_id("rsv")
    gates = [DocumentTails(holders=Party(), tries=MongoTailTries(mongo), clock=watch) for _ in range(4)]
    outcomes = await asyncio.gather(*(tried(gates[at % 4], slip, f"{at:04}") for at in range(40)))
    assert sorted(outcomes) == [DocumentTailTries.code] * (40 - MOST_TRIES) + [DocumentTailWrong.code] * MOST_TRIES
    watch.ahead = TRIES_WITHIN + timedelta(seconds=1)
    outcomes = await asyncio.gather(*(tried(gates[at % 4], slip, f"{at:04}") for at in range(40)))
    assert outcomes.count(DocumentTailWrong.code) == MOST_TRIES
