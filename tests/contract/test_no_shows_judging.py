"""Judging on the real database: who is struck, who is not, and what becomes of it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.admissions.mongo import MongoGateUse
from services.common.mongo import Mongo
from services.reservations.errors import BookingPaused
from services.reservations.model import LEASE_PREFIX, WINDOW_PREFIX, EndReason, SlotState
from services.reservations.no_shows.errors import NoShowUnknown
from services.reservations.no_shows.model import AmnestyWish, AppealWish, Decision, State, Verdict
from services.venues.errors import VenueUnknown
from services.venues.model import Channel
from tests.changes import make_joining, make_lapse, make_leaving, make_offer, make_taking, set_aside
from tests.contract.documents import Documents
from tests.factories import make_booking, make_cancellation, new_id
from tests.no_shows import DAY, NOON, Town, a_strike, staff

MISSED, NOBODY = ("missed", "counted"), ("none", "")


@pytest.fixture
async def town(mongo: Mongo, documents: Documents) -> Town:
    return await Town(mongo=mongo, documents=documents).open()


async def test_who_stayed_away_is_struck_and_who_came_is_not(town: Town) -> None:
    others = (Channel.GROUP, Channel.ASSISTED, Channel.WALK_IN)
    places: dict[str, Any] = {
        "capacity": 11,
        "places_left": 11,
        "set_aside": tuple(set_aside(one, 1) for one in others),
    }
    slot = await town.past_slot(**places)
    away, came, part = [await town.book(slot) for _ in range(2)] + [await town.book(slot, party=3)]
    nobody_in = await town.book(slot)
    for one, count in ((came, 1), (part, 1), (nobody_in, 0)):
        await town.enter(one, count)
    group, window, walk_in = [await town.book(slot, channel=channel) for channel in others]
    # What a window books where nothing is set aside for it is in the places of individuals.
    beside, lease = [
        await town.book(slot, citizen_id=f"{prefix}{town.venue.id}") for prefix in (WINDOW_PREFIX, LEASE_PREFIX)
    ]
    await town.judge().look()
    assert await town.strikes(away, came, part, group, window, walk_in, beside, lease) == [MISSED, *[NOBODY] * 7]
    [kept] = await town.documents.find("no_shows")
    assert (kept["_id"], kept["citizen_id"], kept["group"]) == (away.id, away.citizen_id, town.venue.id)
    assert kept["public_id"].startswith("nsh_")
    assert kept["expires_at"] == town.clock.now() + 150 * DAY


async def test_a_gate_that_read_no_code_that_day_blames_nobody_for_staying_away(town: Town) -> None:
    await town.set_policy(cancel_until_min=120)
    gates = MongoGateUse(town.mongo)
    dark, bright = await town.past_slot(ago=5 * DAY), await town.past_slot(ago=2 * DAY)
    away, late, blamed = await town.book(dark), await town.book(dark), await town.book(bright)
    await town.write(make_cancellation(late, at=dark.starts_at - timedelta(minutes=1)))
    for number, at in enumerate(
        (dark.starts_at - timedelta(hours=12, seconds=1), bright.ends_at + timedelta(hours=11))
    ):
        scan = {"_id": f"{town.venue.id}:{number}", "venue_id": town.venue.id, "scanned_at": at}
        await town.documents.add("scans", scan)
    await town.judge(gates=gates).look()
    assert await town.strikes(away, late, blamed) == [NOBODY, ("late_cancel", "counted"), MISSED]


async def test_it_is_a_day_before_anybody_is_judged(town: Town) -> None:
    slot = await town.past_slot(ago=timedelta(hours=24, minutes=59))
    early, away = await town.book(slot), await town.missed(new_id("cit"), ago=timedelta(hours=25))
    await town.judge().look()
    assert await town.strikes(early, away) == [NOBODY, MISSED]
    town.clock.pass_by(minutes=1)
    await town.judge().look()
    assert await town.strikes(early, away) == [MISSED, MISSED]


async def test_a_long_slot_is_waited_for_and_holds_nothing_back_for_good(town: Town) -> None:
    long = await town.book(await town.past_slot(ago=3 * DAY, ends_at=NOON + timedelta(hours=1)))
    after = await town.book(await town.past_slot(ago=2 * DAY))
    await town.judge().look()
    assert await town.strikes(long, after) == [NOBODY, NOBODY]
    town.clock.pass_by(hours=26)
    await town.judge().look()
    assert await town.strikes(long, after) == [MISSED, MISSED]


async def test_who_gave_the_places_back(town: Town) -> None:
    await town.set_policy(cancel_until_min=120)
    slot = await town.past_slot()
    late, in_time, by_venue, moved, twice = [await town.book(slot) for _ in range(5)]
    free_until = slot.starts_at - timedelta(hours=2)
    await town.write(make_cancellation(late, at=free_until + timedelta(seconds=1)))
    await town.write(make_cancellation(in_time, at=free_until))
    for one, reason in ((by_venue, EndReason.VENUE), (moved, EndReason.RESCHEDULED), (twice, EndReason.UNHEARD)):
        await town.write(replace(make_cancellation(one, at=slot.starts_at), reason=reason))
    await town.judge().look()
    assert await town.strikes(late, in_time, by_venue, moved, twice) == [("late_cancel", "counted"), *[NOBODY] * 4]


async def test_who_waited_and_what_was_offered(town: Town) -> None:
    slot = await town.past_slot(capacity=1, places_left=1)
    first = make_booking(slot)
    await town.write(first)
    left, lapsed, took = [make_joining(slot) for _ in range(3)]
    for one in (left, lapsed, took):
        await town.write(one)
    await town.write(make_leaving(left, at=slot.starts_at + timedelta(minutes=1)))
    await town.write(make_cancellation(first.reservation, at=slot.starts_at - DAY))
    await town.write(make_offer(lapsed))
    await town.write(make_lapse(make_offer(lapsed)))
    await town.write(make_offer(took))
    await town.write(make_taking(make_offer(took)))
    await town.judge().look()
    everybody = [one.reservation for one in (left, lapsed, first, took)]
    assert await town.strikes(*everybody) == [NOBODY, NOBODY, NOBODY, MISSED]


async def test_a_slot_that_the_venue_closed_blames_nobody(town: Town) -> None:
    away = [
        await town.book(slot)
        for slot in (
            await town.past_slot(ago=3 * DAY),
            await town.past_slot(ago=2 * DAY),
            await town.past_slot(ago=DAY * 4),
        )
    ]
    for one, state in zip(away, (SlotState.CLOSED, SlotState.WITHDRAWN, SlotState.OPEN), strict=True):
        await town.documents.change("slots", one.slot_id, state=state)
    await town.judge().look()
    assert await town.strikes(*away) == [NOBODY, NOBODY, MISSED]


async def test_where_nothing_is_counted_nobody_is_struck_afterwards(town: Town) -> None:
    await town.set_terms(strikes=None)
    before = await town.missed(new_id("cit"))
    await town.judge().look()
    await town.set_terms(version=2)
    town.clock.pass_by(days=1)
    after = await town.missed(new_id("cit"), ago=timedelta(hours=25))
    await town.judge().look()
    assert await town.strikes(before, after) == [NOBODY, MISSED]


async def test_what_lies_before_the_first_look_is_not_held_against_anybody(town: Town) -> None:
    await town.documents.clear("no_show_marks")
    away = await town.missed(new_id("cit"))
    for _ in range(2):
        await town.judge().look()
    assert await town.strikes(away) == [NOBODY]
    assert (await town.documents.get("no_show_marks", town.venue.id))["through"] == NOON - DAY


async def test_a_crowd_is_judged_in_stretches(town: Town) -> None:
    slot = await town.past_slot(capacity=500, places_left=500)
    bookings = [make_booking(slot) for _ in range(230)]
    await town.write_bookings(bookings)
    for one in bookings[::2]:
        await town.enter(one.reservation)
    await town.judge().look()
    struck = await town.strikes(*(one.reservation for one in bookings))
    assert struck == [NOBODY, MISSED] * 115


async def test_three_make_a_pause_and_the_gate_that_uploads_late_ends_it(town: Town) -> None:
    citizen = new_id("cit")
    missed = [await town.missed(citizen, ago=ago * DAY) for ago in (4, 3, 2)]
    await town.welcome(citizen)
    await town.judge().look()
    with pytest.raises(BookingPaused) as refused:
        await town.welcome(citizen)
    assert refused.value.paused_until == NOON + 30 * DAY
    assert refused.value.extra == {"paused_until": "2026-12-22T12:00:00+08:00"}
    await town.welcome(new_id("cit"))
    standing = await town.own.standing(citizen)
    assert [(one.since, one.until, standing.venues[one.group]) for one in standing.pauses] == [
        (NOON, NOON + 30 * DAY, (town.venue.id,))
    ]
    assert standing.counting == frozenset()

    await town.enter(missed[1])
    await town.welcome(citizen)
    assert await town.strikes(*missed) == [MISSED, ("missed", "withdrawn"), MISSED]
    standing = await town.own.standing(citizen)
    assert (standing.pauses, len(standing.counting)) == ((), 2)
    await town.judge().look()
    assert await town.strikes(*missed) == [MISSED, ("missed", "withdrawn"), MISSED]


async def test_an_appeal_of_who_came_after_all_is_not_even_decided(town: Town) -> None:
    citizen = new_id("cit")
    away, came = await town.missed(citizen), await town.missed(citizen, ago=3 * DAY)
    await town.judge().look()
    by_visit = {one.reservation_id: one for one in (await town.own.standing(citizen)).strikes}
    await town.enter(came)
    wish = AppealWish(citizen_id=citizen, no_show_id=by_visit[came.id].id, words="我到了")
    assert (await town.own.appeal(wish))[0].state is State.WITHDRAWN
    wish = replace(wish, no_show_id=by_visit[away.id].id)
    with pytest.raises(NoShowUnknown):
        await town.own.appeal(replace(wish, citizen_id=new_id("cit")))
    strike, _ = await town.own.appeal(wish)
    assert (await town.own.appeal(wish))[0] == strike
    manager, stranger = staff(town.venue.id), staff("ven_other")
    assert [one.id for one in await town.deciding.open_at(manager, town.venue.id)] == [strike.id]
    with pytest.raises(VenueUnknown):
        await town.deciding.open_at(stranger, town.venue.id)
    verdict = Verdict(actor=manager, no_show_id=strike.id, decision=Decision.PARDON, words="属实")
    with pytest.raises(NoShowUnknown):
        await town.deciding.decide(replace(verdict, actor=stranger))
    decided = await asyncio.gather(*(town.deciding.decide(verdict) for _ in range(4)))
    assert {one.state for one in decided} == {State.PARDONED}
    assert await town.deciding.open_at(manager, town.venue.id) == []
    assert await town.strikes(away, came) == [("missed", "pardoned"), ("missed", "withdrawn")]


async def test_an_amnesty_pardons_what_is_counted_and_what_will_be(town: Town) -> None:
    citizen = new_id("cit")
    before, on_the_day = await town.missed(citizen, ago=3 * DAY), await town.missed(citizen, ago=2 * DAY)
    late = await town.missed(citizen, ago=timedelta(hours=24, minutes=30))
    await town.judge().look()
    wish = AmnestyWish(
        actor=staff(town.venue.id), venue_id=town.venue.id, from_at=NOON - 2 * DAY, to_at=NOON, reason="台风"
    )
    amnesty = await town.pardons.declare(wish)
    assert await town.pardons.declare(replace(wish, reason="另一")) == amnesty
    assert await town.strikes(before, on_the_day, late) == [MISSED, ("missed", "pardoned"), NOBODY]
    [pardoned] = [one for one in (await town.own.standing(citizen)).strikes if one.state is State.PARDONED]
    assert pardoned.answer == "台风"
    town.clock.pass_by(hours=2)
    await town.judge().look()
    assert await town.strikes(before, on_the_day, late) == [MISSED, ("missed", "pardoned"), NOBODY]
    assert await town.pardons.list(wish.actor, town.venue.id) == [amnesty]
    with pytest.raises(VenueUnknown):
        await town.pardons.declare(replace(wish, actor=staff("ven_other")))


async def test_what_belongs_together_is_kept_together(town: Town) -> None:
    citizen = new_id("cit")
    old = a_strike(-100, citizen_id=citizen)
    other_ledger = a_strike(-100, citizen_id=citizen, terms=replace(old.terms, group="churches"))
    await town.store.add([old, other_ledger])
    await town.store.add([a_strike(0, citizen_id=citizen)])
    kept = {one["_id"]: one["expires_at"] for one in await town.documents.find("no_shows", citizen_id=citizen)}
    assert kept[old.reservation_id] == NOON + 151 * DAY
    assert kept[other_ledger.reservation_id] == NOON + 51 * DAY


async def test_those_who_ask_together_share_a_question(town: Town) -> None:
    asked = []

    class Counting(type(town.store)):  # type: ignore[misc]
        async def of_citizens(self, citizen_ids: set[str]) -> object:
            asked.append(len(citizen_ids))
            return await super().of_citizens(citizen_ids)

    town.store = Counting(town.mongo)
    town.renew()
    await town.policies.renew()
    await asyncio.gather(*(town.welcome(new_id("cit")) for _ in range(120)))
    assert (sum(asked), len(asked) <= 4) == (120, True)
    await town.set_terms(strikes=None)
    await town.welcome(new_id("cit"))
    assert sum(asked) == 120
