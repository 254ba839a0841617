"""Ratings in the real database: once, by nobody's name, in their lists, counted, answered, and marked when overdue."""

import asyncio
from datetime import timedelta

import pytest

from services.common.clock import city_day
from services.common.idempotency import IdempotencyKeyReused, idempotent_request
from services.common.mongo import Mongo
from services.common.pages import CursorInvalid
from services.identity.model import ScopeLevel
from services.ratings import errors
from services.ratings.model import AnswerRating, CloseTicket, Level, Rating, Tag, TicketFilter, TicketState
from services.reservations.errors import ReservationUnknown
from services.venues.errors import VenueUnknown
from services.venues.model import Venue
from tests.contract.documents import Documents
from tests.ratings import (
    CITY_ADMIN,
    DISTRICT_ADMIN,
    OTHER_ADMIN,
    OTHER_DISTRICT,
    Counter,
    counter_on,
    open_venue,
    rate,
    staff,
    texts_of,
)

DAY = timedelta(days=1)


@pytest.fixture
def counter(mongo: Mongo) -> Counter:
    return counter_on(mongo)


@pytest.fixture
async def venue(mongo: Mongo) -> Venue:
    return await open_venue(mongo)


def answer(rating: Rating, words: str = "谢谢您的评价。", **changes: int) -> AnswerRating:
    return AnswerRating(
        actor=DISTRICT_ADMIN, rating_id=rating.id, words=words, version=changes.get("version", rating.version)
    )


def end(rating: Rating) -> CloseTicket:
    return CloseTicket(actor=DISTRICT_ADMIN, rating_id=rating.id, measures="已增设指引牌。")


async def test_what_is_kept_says_nothing_of_who(counter: Counter, venue: Venue, documents: Documents) -> None:
    visit = counter.visit(venue)
    request = idempotent_request(counter.digest, actor_id=visit.citizen_id, action="rate", key="k", content={})
    kept = await counter.rating.rate(rate(visit, level=Level.DISSATISFIED, words="请打13800000000", request=request))
    assert kept.words == "请打*******"
    for collection in ("ratings", "rating_days"):
        [document] = await documents.find(collection, venue_id=venue.id)
        assert not [one for one in (visit.id, visit.citizen_id, visit.slot_id, "1380000") if one in texts_of(document)]
        assert document["forget_at"].date() - kept.rated_on >= timedelta(days=730)
    [document] = await documents.find("ratings", _id=kept.id)
    assert document.keys() == {
        *("_id", "venue_id", "seen_by", "visit_on", "rated_on", "place", "level", "tags", "words", "origin"),
        *("version", "answer", "ticket", "waits_for", "due_place", "escalate_on", "forget_at"),
    }
    assert await counter.rating.get_own(visit.id, visit.citizen_id) == kept
    with pytest.raises(ReservationUnknown):
        await counter.rating.get_own(visit.id, "cit_another")


async def test_a_visit_is_rated_once(counter: Counter, venue: Venue, documents: Documents) -> None:
    visit = counter.visit(venue)
    with pytest.raises(errors.RatingUnknown):
        await counter.rating.get_own(visit.id, visit.citizen_id)
    first = await counter.rating.rate(rate(visit))
    for level in (Level.SATISFIED, Level.VERY_DISSATISFIED):
        with pytest.raises(errors.AlreadyRated):
            await counter.rating.rate(rate(visit, level=level))
    assert await counter.rating.get_own(visit.id, visit.citizen_id) == first
    [day] = await documents.find("rating_days", venue_id=venue.id)
    assert (day["levels"], day["tags"]) == ({"4": 1}, {})


async def test_the_same_request_again_gets_the_first_answer(counter: Counter, venue: Venue) -> None:
    visit = counter.visit(venue)

    async def asked(key: str, content: str) -> Rating:
        request = idempotent_request(
            counter.digest, actor_id=visit.citizen_id, action="rate", key=key, content={"words": content}
        )
        return await counter.rating.rate(rate(visit, words=content, request=request))

    first = await asked("key", "好")
    assert await asked("key", "好") == first
    with pytest.raises(IdempotencyKeyReused):
        await asked("key", "不好")
    with pytest.raises(errors.AlreadyRated):
        await asked("another", "好")


async def test_who_did_not_come_or_comes_late_is_refused(counter: Counter, venue: Venue) -> None:
    with pytest.raises(errors.NotVisited):
        await counter.rating.rate(rate(counter.visit(venue, inside=0)))
    with pytest.raises(errors.RatingTooLate):
        await counter.rating.rate(rate(counter.visit(venue, ends_ago=30 * DAY)))
    with pytest.raises(errors.TagsRefused):
        await counter.rating.rate(rate(counter.visit(venue), tags=(Tag.CROWDED,)))
    with pytest.raises(ReservationUnknown):
        await counter.rating.rate(rate(counter.visit(venue), citizen_id="cit_another"))
    assert await counter.listed(CITY_ADMIN, venue) == []


async def test_a_venue_is_listed_newest_first_in_pages(counter: Counter, venue: Venue, mongo: Mongo) -> None:
    other = await open_venue(mongo, OTHER_DISTRICT)
    await counter.rated(other)
    rated: list[Rating] = []
    for ahead in (0, 0, 0, 1, 3, 40, 40, 200):
        counter.watch.ahead = ahead * DAY
        rated.append(await counter.rated(venue, Level(1 + len(rated) % 5)))
    expected = sorted(rated, key=lambda one: (one.rated_on, one.id), reverse=True)
    for limit in (1, 2, 3, 7, 8, 200):
        assert await counter.listed(DISTRICT_ADMIN, venue, limit=limit) == expected
    assert [one.level for one in await counter.listed(CITY_ADMIN, venue, level=Level(1), limit=1)] == [1, 1]
    day = rated[3].rated_on
    assert await counter.listed(CITY_ADMIN, venue, from_on=day, to_on=day) == [rated[3]]
    assert await counter.listed(CITY_ADMIN, venue, to_on=day, limit=2) == expected[4:]
    told = await counter.answering.answer(answer(rated[4]))
    assert await counter.listed(CITY_ADMIN, venue, answered=True) == [told]
    assert told not in await counter.listed(CITY_ADMIN, venue, answered=False, limit=1)
    assert len(await counter.listed(CITY_ADMIN, venue, answered=False, limit=1)) == len(rated) - 1


async def test_what_is_out_of_scope_does_not_exist(counter: Counter, venue: Venue) -> None:
    rating = await counter.rated(venue, Level.VERY_DISSATISFIED)
    for actor in (OTHER_ADMIN, staff(ScopeLevel.VENUE, "ven_another")):
        with pytest.raises(VenueUnknown):
            await counter.listed(actor, venue)
        with pytest.raises(VenueUnknown):
            await counter.reading.summary(actor, venue.id, None, None)
        with pytest.raises(errors.RatingUnknown):
            await counter.reading.get(actor, rating.id)
        with pytest.raises(errors.TicketUnknown):
            await counter.answering.close(CloseTicket(actor=actor, rating_id=rating.id, measures="整改"))
        assert rating not in await counter.tickets(actor)
    assert [one.id for one in await counter.tickets(staff(ScopeLevel.VENUE, venue.id))] == [rating.id]


async def test_a_cursor_of_another_list_is_refused(counter: Counter, venue: Venue) -> None:
    for after in ("x", "WyJyYXRpbmcgdGlja2V0cyIsIngiLCJ5Il0"):
        with pytest.raises(CursorInvalid):
            await counter.listed(CITY_ADMIN, venue, after=after)


async def test_figures_count_to_the_last_one(counter: Counter, venue: Venue) -> None:
    for at in range(9):
        await counter.rated(venue, Level.SATISFIED, tags=(Tag.CLEAN,) if at < 3 else ())
    assert (await counter.reading.summary(CITY_ADMIN, venue.id, None, None)).figures is None
    await counter.rated(venue, Level.VERY_DISSATISFIED, tags=(Tag.UNSAFE,))
    figures = (await counter.reading.summary(DISTRICT_ADMIN, venue.id, None, None)).figures
    assert figures is not None
    assert (figures.count, figures.average, figures.satisfaction_rate) == (10, 3.7, 0.9)
    assert figures.tags == [(Tag.CLEAN, 3), (Tag.UNSAFE, 1)]
    # Of today, nobody outside learns anything.
    assert (await counter.reading.satisfaction(venue.id)).figures is None
    today = city_day(counter.watch.now())
    counter.watch.ahead = DAY
    assert (await counter.reading.satisfaction(venue.id)).figures == figures
    await counter.rated(venue)
    assert (await counter.reading.satisfaction(venue.id)).figures == figures
    assert (await counter.reading.summary(CITY_ADMIN, venue.id, today, today)).figures == figures
    counter.watch.ahead = 400 * DAY
    assert (await counter.reading.satisfaction(venue.id)).figures is None


async def test_an_answer_is_guarded_by_version(counter: Counter, venue: Venue) -> None:
    rating = await counter.rated(venue, Level.DISSATISFIED)
    told = await counter.answering.answer(answer(rating))
    assert await counter.answering.answer(answer(rating)) == told == await counter.store.find(rating.id)
    with pytest.raises(errors.RatingChanged):
        await counter.answering.answer(answer(rating, "另一答复"))
    corrections = [counter.answering.answer(answer(told, f"更正{at}")) for at in range(6)]
    outcomes = await asyncio.gather(*corrections, return_exceptions=True)
    assert sum(isinstance(one, errors.RatingChanged) for one in outcomes) == 5
    kept = await counter.store.find(rating.id)
    assert kept in outcomes


async def test_a_bad_rating_goes_from_open_to_closed(counter: Counter, venue: Venue) -> None:
    manager = staff(ScopeLevel.VENUE, venue.id)
    good, bad = await counter.rated(venue), await counter.rated(venue, Level.DISSATISFIED)
    assert good.ticket is None
    with pytest.raises(errors.TicketUnknown):
        await counter.answering.close(end(good))
    with pytest.raises(errors.TicketUnanswered):
        await counter.answering.close(end(bad))
    assert await counter.tickets(manager, TicketFilter.OPEN) == [bad]
    told = await counter.answering.answer(answer(bad))
    assert await counter.tickets(manager, TicketFilter.OPEN) == []
    assert await counter.tickets(manager, TicketFilter.ANSWERED) == [told]
    ends = await asyncio.gather(*(counter.answering.close(end(bad)) for _ in range(3)), return_exceptions=True)
    [ended] = [one for one in ends if isinstance(one, Rating)]
    assert all(isinstance(one, Rating | errors.RatingChanged | errors.TicketClosed) for one in ends)
    assert ended.ticket is not None
    assert (ended.ticket.state, ended.ticket.measures) == (TicketState.CLOSED, "已增设指引牌。")
    assert await counter.store.find(bad.id) == ended
    assert await counter.tickets(manager) == []


async def test_tickets_stand_by_deadline_and_are_marked_once(counter: Counter, mongo: Mongo, venue: Venue) -> None:
    manager = staff(ScopeLevel.VENUE, venue.id)
    counter.watch.ahead = 60 * DAY
    await counter.escalating().look()  # those of other tests
    rated: list[Rating] = []
    for ahead in (0, 0, 7, 21, 60):
        counter.watch.ahead = ahead * DAY
        rated.append(await counter.rated(venue, Level.VERY_DISSATISFIED))
    expected = [one.id for one in sorted(rated, key=lambda one: (one.rated_on, one.id))]
    for limit in (1, 2, 4, 200):
        assert [one.id for one in await counter.tickets(manager, limit=limit)] == expected
    assert [one.id for one in await counter.tickets(manager, TicketFilter.OVERDUE, limit=1)] == expected[:4]

    closed = await counter.answering.answer(answer(rated[2]))
    await counter.answering.close(end(closed))
    second = counter_on(mongo)
    second.watch.ahead = counter.watch.ahead
    marked = await asyncio.gather(*(one.escalating().look() for one in (counter, second) for _ in range(4)))
    assert sum(marked) == 3
    waiting = {one.id for one in await counter.tickets(manager) if one.ticket and one.ticket.escalated_at}
    assert waiting == {expected[at] for at in (0, 1, 3)}
    assert await counter.escalating().look() == 0

    # What was marked is answered and closed all the same, and stays marked.
    told = await counter.answering.answer(answer(rated[0]))
    ended = await counter.answering.close(end(told))
    kept = await counter.store.find(rated[0].id)
    assert kept == ended
    assert kept is not None
    assert kept.ticket is not None
    assert kept.ticket.escalated_at is not None


async def test_marking_and_answering_at_once_lose_nothing(counter: Counter, venue: Venue) -> None:
    rated = [await counter.rated(venue, Level.DISSATISFIED) for _ in range(8)]
    counter.watch.ahead = 60 * DAY
    await asyncio.gather(counter.escalating().look(), *(counter.answering.answer(answer(one)) for one in rated))
    await counter.escalating().look()
    for one in rated:
        kept = await counter.store.find(one.id)
        assert kept is not None
        assert kept.ticket is not None
        assert (kept.ticket.state, kept.answer is None) == (TicketState.ANSWERED, False)
        assert kept.ticket.escalated_at is not None
