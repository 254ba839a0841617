"""Ten phones upload one visit at once, to several processes: what happens without the guard, and with it."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.identity.model import Actor, Role
from services.patrols.checkins.earlier import Past
from services.patrols.checkins.gathering import Gathering, World
from services.patrols.checkins.model import CheckIn, KnownSubmission, Submission
from services.patrols.checkins.mongo import CHECK_INS, MongoCheckIns
from services.patrols.checkins.repeats import Repeats, Submitted
from services.patrols.checkins.submitting import Submitting
from services.patrols.checklists.model import Failed
from services.patrols.model import Draft
from services.patrols.recording import Recording
from services.patrols.sites.mongo import MongoStatuses
from services.photos.model import Photo
from tests.check_ins import INSPECTOR, make_site, make_submission, make_world
from tests.concurrency.conftest import Pair
from tests.outlets import PlainCipher
from tests.patrols import records_on

PHONES = 10
ACTOR = Actor(id=INSPECTOR, role=Role.INSPECTOR, scopes=(), session_id="ses_1")


class Forgetful(Recording):
    """Records without noting which submissions are known: what every new submission would be without the guard."""

    async def settle(self, decide: Callable[[], Awaitable[Draft[Any]]], **more: Any) -> Any:
        async def work() -> Draft[Any]:
            draft = await decide()
            return replace(draft, records=tuple(one for one in draft.records if not isinstance(one, KnownSubmission)))

        return await super().settle(work, **more)


class OneWorld(Gathering):
    """A world of one site, whose standing alone is read anew."""

    def __init__(self, world: World, statuses: MongoStatuses) -> None:
        self._world = world
        self._its_status = statuses

    async def world(self, actor: Actor, said: Submission, captured_at: datetime) -> World:  # noqa: ARG002 -- as declared
        found = await self._its_status.statuses([self._world.site.id])
        return replace(self._world, status=found.get(self._world.site.id))

    async def past(
        self,
        site_id: str,  # noqa: ARG002 -- as declared
        template_id: str,  # noqa: ARG002 -- as declared
        failed: Collection[Failed],  # noqa: ARG002 -- as declared
        now: datetime,  # noqa: ARG002 -- as declared
    ) -> Past:
        return Past()


class NoPhotos:
    """There are none."""

    async def want(self, ids: Collection[str]) -> None:
        assert not ids

    async def states(self, ids: Collection[str]) -> Mapping[str, Photo]:
        assert not ids
        return {}


class NoDrafts:
    """There are none."""

    async def discard(self, account_id: str, submission_id: str) -> None:
        assert account_id
        assert submission_id


def a_process(mongo: Mongo, world: World, recording: type[Recording]) -> Submitting:
    """Return what takes submissions in a process of its own."""
    clock, ids, store = SystemClock(), UlidSource(), MongoCheckIns(mongo)
    return Submitting(
        recording=recording(store=records_on(mongo), clock=clock, ids=ids),
        repeats=Repeats(store=store, cipher=PlainCipher(), ids=ids),
        gathering=OneWorld(world, MongoStatuses(mongo)),
        photos=NoPhotos(),
        drafts=NoDrafts(),
        digest=KeyedDigest(b"pepper"),
        clock=clock,
        ids=ids,
    )


async def sent(pair: Pair, recording: type[Recording]) -> tuple[list[Submitted], list[CheckIn]]:
    """Return the answers to ten phones with one visit, and the check-ins that there are then."""
    site, said = make_site(), make_submission()
    processes = [a_process(mongo, make_world(site=site), recording) for mongo in pair]
    answers = await asyncio.gather(*(processes[at % 2].submit(ACTOR, said) for at in range(PHONES)))
    made = await pair[0].collection(CHECK_INS).find({"site_id": site.id}, {"_id": 1}).to_list()
    store = MongoCheckIns(pair[0])
    return list(answers), [one for document in made if (one := await store.find(document["_id"])) is not None]


async def test_without_the_guard_one_visit_becomes_many(pair: Pair) -> None:
    _, made = await sent(pair, Forgetful)
    assert len(made) > 1


@pytest.mark.parametrize("turn", range(3))
async def test_with_it_one_visit_is_one_check_in(pair: Pair, turn: int) -> None:
    assert turn >= 0
    answers, made = await sent(pair, Recording)
    assert len(made) == 1
    assert {answer.check_in.id for answer in answers} == {made[0].id}
    assert [answer.known for answer in answers].count(False) == 1
