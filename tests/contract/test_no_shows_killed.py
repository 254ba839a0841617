"""A judge or a pardon killed, or without its database, between any two steps: nobody is struck twice, or forgotten."""

import itertools
from contextlib import suppress

import pytest

from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.reservations.no_shows.amnesties import Amnesties, Pardoning
from services.reservations.no_shows.model import AmnestyWish
from tests.contract.documents import Documents
from tests.contract.mishaps import Killed, Mishap
from tests.factories import new_id
from tests.no_shows import DAY, NOON, Town, staff

MISSED, PARDONED = ("missed", "counted"), ("missed", "pardoned")


@pytest.mark.parametrize("strike", [Killed, DatabaseUnavailable])
async def test_a_judge_between_any_two_steps(mongo: Mongo, documents: Documents, strike: type[BaseException]) -> None:
    for step in itertools.count():
        town, mishap = await Town(mongo=mongo, documents=documents).open(), Mishap(step, strike)
        away = [await town.missed(new_id("cit"), ago=ago * DAY) for ago in (2, 4)]
        judge = town.judge(
            store=mishap.around(town.store), marks=mishap.around(town.marks), amnesties=mishap.around(town.amnesties)
        )
        with suppress(strike):
            await judge.look()
        struck_first = {one["_id"]: one["public_id"] for one in await documents.find("no_shows")}
        await town.judge().look()
        assert await town.strikes(*away) == [MISSED, MISSED]
        kept = {one["_id"]: one["public_id"] for one in await documents.find("no_shows")}
        assert struck_first.items() <= kept.items()
        assert (await documents.get("no_show_marks", town.venue.id))["through"] == NOON - DAY
        if not mishap.struck:
            break
    assert step > 20


async def test_a_pardon_between_any_two_steps(mongo: Mongo, documents: Documents) -> None:
    for step in itertools.count():
        town, mishap = await Town(mongo=mongo, documents=documents).open(), Mishap(step)
        away = [await town.missed(new_id("cit"), ago=2 * DAY) for _ in range(2)]
        await town.judge().look()
        store, amnesties = mishap.around(town.store), mishap.around(town.amnesties)
        pardons = Amnesties(
            amnesties=amnesties,
            pardoning=Pardoning(store=store, amnesties=amnesties),
            venues=town.venues,
            clock=town.clock,
        )
        wish = AmnestyWish(
            actor=staff(town.venue.id), venue_id=town.venue.id, from_at=NOON - 3 * DAY, to_at=NOON, reason="台风"
        )
        with suppress(Killed):
            await pardons.declare(wish)
        if await documents.find("amnesties"):
            await town.judge().look()  # another process finishes what was declared
        else:
            await town.pardons.declare(wish)  # nothing was kept: whoever asked gets no answer, and asks again
        assert await town.strikes(*away) == [PARDONED, PARDONED]
        assert await town.amnesties.to_apply() == []
        if not mishap.struck:
            break
    assert step > 8


async def test_a_judge_killed_when_the_strikes_are_kept_and_an_amnesty_has_just_been_applied(
    mongo: Mongo, documents: Documents
) -> None:
    town = await Town(mongo=mongo, documents=documents).open()
    away = await town.missed(new_id("cit"))
    wish = AmnestyWish(
        actor=staff(town.venue.id), venue_id=town.venue.id, from_at=NOON - 3 * DAY, to_at=NOON, reason="台风"
    )

    class Between(type(town.store)):  # type: ignore[misc]
        async def add(self, strikes: object) -> None:
            """Keep strikes of a slot that was looked at before the amnesty, which is over before they are there."""
            await town.pardons.declare(wish)
            await super().add(strikes)
            raise Killed

    with suppress(Killed):
        await town.judge(store=Between(mongo)).look()
    assert await town.strikes(away) == [MISSED]
    await town.judge().look()
    assert await town.strikes(away) == [PARDONED]
