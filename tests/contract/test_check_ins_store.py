"""Check-ins and drafts on the real store: found by all that finds them, and forgotten in time."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.patrols.checkins.model import CheckIn, CheckInState, Contradiction, KnownSubmission
from services.patrols.checkins.mongo import KEPT_POSITIONS, MongoCheckIns
from services.patrols.checkins.ports import CheckInSearch
from services.patrols.checkins.reading import PREFIX
from services.patrols.day.model import SealedDraft
from services.patrols.day.mongo import MongoDrafts
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from tests.check_ins import INSPECTOR, RECEIVED, SEEN_BY, decided, make_fix, make_submission, make_world
from tests.factories import new_id
from tests.patrols import recording_on

FROM, TO = f"{PREFIX}_", f"{PREFIX}_~"


@pytest.fixture
def store(mongo: Mongo) -> MongoCheckIns:
    return MongoCheckIns(mongo)


async def kept(mongo: Mongo, draft: Draft[CheckIn], **changes: object) -> CheckIn:
    """Write a new check-in as it would be written, but for `changes`."""
    changed = replace(draft.answer, **changes)  # type: ignore[arg-type]  # each by its own name
    known = KnownSubmission(id=new_id("key"), check_in_id=changed.id, fingerprint="f", version=1)
    others = [one for one in draft.records if not isinstance(one, CheckIn | KnownSubmission)]

    async def work() -> Draft[CheckIn]:
        return replace(draft, records=(changed, known, *others), answer=changed)

    return await recording_on(mongo).settle(work)


async def test_a_check_in_comes_back_as_it_was(mongo: Mongo, store: MongoCheckIns) -> None:
    check_in = await kept(mongo, decided(make_submission(), make_world()))
    assert await store.find(check_in.id) == check_in
    assert await store.find("chk_nothing") is None


async def test_check_ins_are_found_by_scope_person_site_and_state(mongo: Mongo, store: MongoCheckIns) -> None:
    me, scopes = new_id("stf"), (f"district:{new_id('d')}",)
    mine = {"inspector_id": me, "seen_by": scopes}
    accepted = await kept(mongo, decided(make_submission(), make_world()), **mine)
    waiting = await kept(mongo, decided(make_submission(fix=None), make_world()), **mine)
    assert waiting.state is CheckInState.IN_REVIEW

    async def ids(**wanted: object) -> set[str]:
        search = CheckInSearch(**{"scopes": scopes, **wanted})  # type: ignore[arg-type]  # as above
        return {one.id for one in await store.between(search, FROM, TO)}

    assert await ids() == {accepted.id, waiting.id}
    assert await ids(state=CheckInState.IN_REVIEW) == {waiting.id}
    assert await ids(state=CheckInState.ACCEPTED) == {accepted.id}
    assert await ids(site_id=accepted.site_id) == {accepted.id}
    assert await ids(scopes=SEEN_BY, site_id=accepted.site_id) == set()
    assert await ids(scopes=(), inspector_id=me) == {accepted.id, waiting.id}
    assert await store.between(CheckInSearch(scopes=scopes), FROM, accepted.id) == []


async def test_the_visits_next_before_and_after_within_a_day_are_found(mongo: Mongo, store: MongoCheckIns) -> None:
    me = new_id("stf")
    for hours, changes in ((30, {}), (5, {}), (3, {"position": None}), (2, {"state": CheckInState.REJECTED})):
        draft = decided(make_submission(), make_world())
        await kept(mongo, draft, inspector_id=me, captured_at=RECEIVED - timedelta(hours=hours), **changes)

    async def hours_ago(hours: int, whose: str = me) -> list[float]:
        found = await store.neighbours(whose, RECEIVED - timedelta(hours=hours))
        return [(RECEIVED - one.captured_at) / timedelta(hours=1) for one in found]

    assert await hours_ago(0) == [5]
    assert await hours_ago(5) == [5]
    assert await hours_ago(6) == [30, 5]
    assert await hours_ago(31) == [30]
    assert await hours_ago(28) == [30, 5]
    assert await hours_ago(55) == []
    assert await hours_ago(0, new_id("stf")) == []


async def test_photos_are_known_once_named(mongo: Mongo, store: MongoCheckIns) -> None:
    photos = [f"{at:064x}" for at in range(3)]
    await kept(mongo, decided(make_submission(), make_world()), photos=tuple(photos[:2]))
    assert set(await store.photos_used(photos)) == set(photos[:2])
    assert await store.photos_used([]) == set()


async def test_positions_are_forgotten_in_time_and_nothing_else_is(mongo: Mongo, store: MongoCheckIns) -> None:
    check_in = await kept(mongo, decided(make_submission(), make_world()))
    due = check_in.captured_at + KEPT_POSITIONS
    contradiction = Contradiction(
        id=f"{check_in.id}:g",
        check_in_id=check_in.id,
        sealed_content=b"sealed",
        fix=make_fix(),
        received_at=check_in.captured_at,
        version=1,
    )

    async def work() -> Draft[None]:
        event = PatrolEvent(
            id=new_id("evt"), kind=PatrolEventKind.CHECK_IN_CONTRADICTED, subject_id=check_in.id, site_id=None,
            occurred_at=RECEIVED, told_by=INSPECTOR, data={},
        )  # fmt: skip
        return Draft(records=(contradiction,), events=(event,), answer=None)

    await recording_on(mongo).settle(work)
    await store.forget_tracks(due)
    assert await store.find(check_in.id) == check_in
    assert await store.contradictions(check_in.id) == [contradiction]
    gone = await asyncio.gather(*(store.forget_tracks(due + timedelta(milliseconds=1)) for _ in range(4)))
    assert sum(gone) >= 2
    assert await store.find(check_in.id) == replace(check_in, position=None, version=2)
    assert await store.contradictions(check_in.id) == [replace(contradiction, fix=None, version=2)]
    assert await store.forget_tracks(due + timedelta(days=1)) == 0


async def test_a_change_decided_before_the_forgetting_does_not_bring_a_position_back(
    mongo: Mongo, store: MongoCheckIns
) -> None:
    check_in = await kept(mongo, decided(make_submission(fix=None), make_world()), position=make_world().site.position)
    reads = []

    async def work() -> Draft[CheckIn]:
        found = await store.find(check_in.id)
        assert found is not None
        reads.append(found.position)
        if len(reads) == 1:
            await store.forget_tracks(check_in.captured_at + KEPT_POSITIONS + timedelta(days=1))
        event = PatrolEvent(
            id=new_id("evt"), kind=PatrolEventKind.CHECK_IN_REVIEWED, subject_id=found.id, site_id=None,
            occurred_at=RECEIVED, told_by=INSPECTOR, data={},
        )  # fmt: skip
        changed = replace(found, state=CheckInState.ACCEPTED, version=found.version + 1)
        return Draft(records=(changed,), events=(event,), answer=changed)

    await recording_on(mongo).settle(work)
    found = await store.find(check_in.id)
    assert found is not None
    assert reads == [check_in.position, None]
    assert (found.position, found.state, found.version) == (None, CheckInState.ACCEPTED, 3)


def a_draft(account: str, name: str, minute: int) -> SealedDraft:
    return SealedDraft(
        id=f"{account}:{name}",
        account_id=account,
        submission_id=name,
        sealed_content=f"of minute {minute}".encode(),
        saved_at=RECEIVED + timedelta(minutes=minute),
        forgotten_at=RECEIVED + timedelta(days=14),
    )


async def test_the_draft_saved_last_is_kept_in_whatever_order_they_come(mongo: Mongo) -> None:
    drafts, account = MongoDrafts(mongo), new_id("stf")
    saves = [a_draft(account, "visit-1", minute) for minute in (3, 1, 5, 2, 4)]
    await asyncio.gather(*(drafts.put(one) for one in saves))
    assert await drafts.of_account(account) == [a_draft(account, "visit-1", 5)]
    assert await drafts.put(a_draft(account, "visit-1", 4)) == a_draft(account, "visit-1", 5)
    await drafts.put(a_draft(account, "visit-2", 1))
    assert [await drafts.remove(account, "visit-1") for _ in range(2)] == [True, False]
    assert [one.submission_id for one in await drafts.of_account(account)] == ["visit-2"]
