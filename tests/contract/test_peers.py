"""Server processes among each other: who is there, whose slot it is, asking, answering and telling."""

import asyncio
import gc
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from bson import encode

from server import redis_peers
from services.common.errors import DatabaseUnavailable
from services.reservations.errors import SlotFull, VisitBegun, VisitorAlreadyBooked
from services.reservations.ports import PeerSilent
from tests.contract.peers import (
    NEVER_S,
    SLOTS,
    Town,
    ask,
    asking_works,
    overheard,
    quick,
    reservation_of,
    silent,
    together,
    town,
    until,
)
from tests.factories import make_booking, make_cancellation, make_request, make_reservation, make_slot

__all__ = ["quick", "town"]


async def test_who_starts_is_seen_and_who_leaves_is_not(town: Town) -> None:
    first = await town.start()
    assert first.members == {first.name}
    second = await town.start()
    await together(first, second)
    third = await town.start()
    await together(first, second, third)
    await second.peers.close()
    await together(first, third)
    left = await first.redis.zrange(f"peers:{town.deployment}:members", 0, -1)
    assert set(left) == {first.name.encode(), third.name.encode()}


async def test_who_dies_without_leaving_is_gone_after_a_while(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_peers, "GONE_AFTER_S", 0.5)
    first, second, third = await town.start_together(3)
    await second.die()
    await together(first, third)


async def test_all_agree_on_owners_and_each_owns_its_share(town: Town) -> None:
    processes = await town.start_together(3)
    first, *others = [process.owners for process in processes]
    assert [first] * 2 == others
    shares = Counter(first)
    assert min(shares.values()) > 0.28 * len(SLOTS)
    assert max(shares.values()) < 0.39 * len(SLOTS)


async def test_who_comes_or_goes_moves_its_own_slots_only(town: Town) -> None:
    first, second = await town.start_together()
    before = first.owners
    third = await town.start()
    await together(first, second, third)
    during = first.owners
    assert {now for old, now in zip(before, during, strict=True) if now != old} == {third.name}
    await third.peers.close()
    await together(first, second)
    assert first.owners == second.owners == before


async def test_deployments_that_share_a_redis_never_see_each_other(town: Town) -> None:
    ours = await town.start_together()
    theirs = [await town.start(deployment="test-theirs") for _ in range(2)]
    await together(*theirs)
    ours[0].peers.tell_freed(["slt_ours"])
    await until(lambda: ours[1].freed == ["slt_ours"])
    await together(*ours)
    await silent(ask(ours[0], theirs[0]))
    assert [process.freed for process in theirs] == [[], []]
    assert theirs[0].batches == []


async def test_who_is_asked_makes_the_change_and_the_answer_comes_back(town: Town) -> None:
    asker, owner = await town.start_together()
    booking = make_booking(make_slot(), party=2, request=make_request(), contact_phone=b"phone")
    cancellation = make_cancellation(make_reservation(make_slot()))
    assert await ask(asker, owner, booking) == booking.reservation
    assert await ask(asker, owner, cancellation) is True
    assert owner.batches == [[booking], [cancellation]]
    assert asker.batches == []


@pytest.mark.parametrize(
    "refusal", [SlotFull(2), VisitorAlreadyBooked(1), VisitBegun(), DatabaseUnavailable(retry_after_s=1)]
)
async def test_a_refusal_comes_back_as_what_it_is(town: Town, refusal: Exception) -> None:
    asker, owner = await town.start_together()
    refused, booked = make_booking(make_slot()), make_booking(make_slot())
    owner.refusals[refused.reservation.id] = refusal
    answers = await asyncio.gather(ask(asker, owner, refused), ask(asker, owner, booked), return_exceptions=True)
    assert isinstance(answers[0], type(refusal))
    assert vars(answers[0]) == vars(refusal)
    assert answers[1] == booked.reservation


async def test_what_is_asked_in_one_turn_travels_together(town: Town) -> None:
    asker, owner = await town.start_together()
    bookings = [make_booking(make_slot()) for _ in range(2 * redis_peers.MOST_ITEMS + 50)]
    async with overheard(asker.redis, town.channel(asker.name)) as heard:
        answers = await asyncio.gather(*(ask(asker, owner, booking) for booking in bookings))
        assert answers == [booking.reservation for booking in bookings]
        # One message may overtake another.
        batches = sorted(owner.batches, key=lambda batch: bookings.index(batch[0]))  # type: ignore[arg-type]
        assert [change for batch in batches for change in batch] == bookings
        assert [len(batch) for batch in batches] == [200, 200, 50]
        await until(lambda: sum(sizes(heard)) == len(bookings))
        assert sorted(sizes(heard)) == [50, 200, 200]


def sizes(heard: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return how many answers each message brought."""
    return [len(message["answered"]) for message in heard if "answered" in message]


async def test_both_can_ask_each_other_at_once(town: Town) -> None:
    one, other = await town.start_together()
    bookings = [make_booking(make_slot()) for _ in range(100)]
    ways = [(one, other), (other, one)]
    asked = [ask(*ways[number % 2], booking) for number, booking in enumerate(bookings)]
    assert await asyncio.gather(*asked) == [booking.reservation for booking in bookings]
    made = [change for batch in one.batches for change in batch]
    assert sorted(reservation_of(change) for change in made) == [one.reservation.id for one in bookings[1::2]]


async def test_who_is_not_there_is_silent_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing but the question itself can find that out.
    monkeypatch.setattr(redis_peers, "BEAT_S", NEVER_S)
    asker, other = await town.start(), await town.start()
    await other.peers.close()
    await silent(ask(asker, other))
    await silent(asker.peers.ask("nobody", make_booking(make_slot())))


async def test_who_dies_with_asks_pending_is_silent_when_it_is_gone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_peers, "GONE_AFTER_S", 0.5)
    asker, owner, third = await town.start_together(3)
    owner.open.clear()
    pending = [ask(asker, owner) for _ in range(3)]
    await until(lambda: owner.batches)
    await owner.die()
    for answer in pending:
        await silent(answer)
    await together(asker, third)
    assert asker.peers._asked == {}


async def test_who_is_asked_and_never_answers_counts_as_silent_in_the_end(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_peers, "ANSWERED_WITHIN_S", 0.3)
    asker, owner = await town.start_together()
    owner.open.clear()
    pending = ask(asker, owner)
    await silent(pending)
    assert asker.peers._asked == {}
    owner.open.set()  # and an answer that comes later is nobody's
    await asking_works(asker, owner)


@pytest.mark.parametrize(
    "failure", [KeyError("a defect"), PeerSilent(), ValueError()], ids=lambda failure: type(failure).__name__
)
async def test_a_defect_of_who_is_asked_is_silence_at_once(
    town: Town, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    asker, owner = await town.start_together()
    monkeypatch.setattr(redis_peers, "BEAT_S", NEVER_S)
    owner.failure = failure
    await asyncio.gather(*(silent(ask(asker, owner)) for _ in range(3)))
    owner.failure = None
    booking = make_booking(make_slot())
    assert await ask(asker, owner, booking) == booking.reservation


async def test_an_outcome_that_is_no_refusal_is_silence_for_that_change_alone(town: Town) -> None:
    asker, owner = await town.start_together()
    spoilt, sound = make_booking(make_slot()), make_booking(make_slot())
    owner.refusals[spoilt.reservation.id] = ZeroDivisionError()
    spoilt_answer, sound_answer = ask(asker, owner, spoilt), ask(asker, owner, sound)
    assert await sound_answer == sound.reservation
    await silent(spoilt_answer)


async def test_what_freed_places_is_told_to_the_others_only(town: Town) -> None:
    first, second, third = await town.start_together(3)
    first.peers.tell_freed(["slt_1", "slt_2"])
    await until(lambda: second.freed == third.freed == ["slt_1", "slt_2"])
    second.peers.tell_freed({"slt_3"})
    await until(lambda: first.freed == ["slt_3"])
    assert second.freed == ["slt_1", "slt_2"]


async def test_a_change_that_nobody_can_read_is_answered_all_the_same(town: Town) -> None:
    (owner,) = await town.start_together(1)
    unreadable = [{"number": 7, "change": {"booking": {}, "event": {}}}, {"number": 8, "change": {}}]
    async with overheard(owner.redis, town.channel("newcomer")) as heard:
        await owner.redis.publish(town.channel(owner.name), encode({"from": "newcomer", "asked": unreadable}))
        await until(lambda: heard)
    outcomes = [{"number": number, "outcome": {"refusal": "PeerSilent"}} for number in (7, 8)]
    assert heard == [{"answered": outcomes}]
    assert owner.batches == []


async def test_closing_releases_who_waits_and_leaves_nothing_running(
    town: Town, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    before = asyncio.all_tasks()
    asker, owner, third = await town.start_together(3)
    for process in (owner, third):
        process.open.clear()
    pending = [ask(asker, owner), ask(owner, third), ask(third, owner)]
    await until(lambda: owner.batches and third.batches)
    pending.append(ask(asker, owner))  # which has not even been sent
    asker.peers.tell_freed(["slt_1"])
    for process in (asker, owner, third):
        await process.peers.close()
    for answer in pending:
        await silent(answer)
    assert asyncio.all_tasks() == before
    assert await asker.redis.exists(f"peers:{town.deployment}:members") == 0
    del pending, answer
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
    assert [str(warning.message) for warning in recwarn] == []
