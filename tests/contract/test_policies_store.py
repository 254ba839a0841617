"""Policies in the real database: who may change them, and what becomes of changes that meet."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.identity.model import Role, ScopeLevel
from services.policies.directory import PolicyDirectory
from services.policies.editing import PolicyEditing
from services.policies.errors import GroupBeyondScope, GroupUnknown, PolicyChanged
from services.policies.model import NoShowTerms, default_policy, default_terms
from services.policies.mongo import POLICIES, TERMS, MongoPolicies
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown
from tests.policies import CITY, NEAR, Hand, TwoDistricts, a_change, a_policy, an_actor, terms_change

DISTRICT = an_actor(ScopeLevel.DISTRICT, NEAR)
MANAGER_A = an_actor(ScopeLevel.VENUE, "ven_a", Role.VENUE_MANAGER)
MANAGER_C = an_actor(ScopeLevel.VENUE, "ven_c", Role.VENUE_MANAGER)
CITY_ADMIN = an_actor(ScopeLevel.CITY, CITY, Role.CITY_ADMIN)
THREE = NoShowTerms(group="temples", version=1, strikes=3, strike_days=90, pause_days=30)


class Desk:
    """Everything about policies, as one process has it."""

    def __init__(self, mongo: Mongo) -> None:
        self.clock = Hand()
        self.store = MongoPolicies(mongo)
        self.directory = PolicyDirectory(store=self.store, clock=self.clock)
        venues = VenueDirectory(store=TwoDistricts(), clock=self.clock)
        self.editing = PolicyEditing(store=self.store, directory=self.directory, venues=venues, clock=self.clock)


@pytest.fixture
async def desk(mongo: Mongo) -> Desk:
    for plan in (POLICIES, TERMS):
        await mongo.collection(plan).delete_many({})
    return Desk(mongo)


async def test_a_venue_that_has_set_nothing_has_the_default_policy(desk: Desk) -> None:
    assert await desk.editing.get("ven_a") == default_policy("ven_a")
    with pytest.raises(VenueUnknown):
        await desk.editing.get("ven_nowhere")


async def test_a_policy_comes_back_as_it_was_set(desk: Desk) -> None:
    wish = a_policy(
        book_days_ahead=7,
        releases_at="08:00",
        max_party_size=4,
        bookings_per_account_day=2,
        bookings_per_document_day=1,
        minors_under=14,
        cancel_until_min=120,
        offer_minutes=45,
    )
    changed = await desk.editing.change(MANAGER_A, wish)
    assert changed == replace(wish, version=1)
    assert await desk.directory.get("ven_a") == changed
    assert await desk.directory.get("ven_b") == default_policy("ven_b")


async def test_only_the_version_that_was_seen_is_changed(desk: Desk) -> None:
    await desk.editing.change(MANAGER_A, a_policy(minors_under=14))
    for seen in (0, 2):
        with pytest.raises(PolicyChanged):
            await desk.editing.change(MANAGER_A, a_policy(version=seen))
    assert (await desk.editing.change(MANAGER_A, a_policy(version=1))).version == 2


async def test_of_changes_that_meet_one_holds(desk: Desk) -> None:
    wishes = [desk.editing.change(MANAGER_A, a_policy(offer_minutes=minutes)) for minutes in range(5, 13)]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    held = [one for one in outcomes if not isinstance(one, BaseException)]
    assert len(held) == 1
    assert all(isinstance(one, PolicyChanged) for one in outcomes if one is not held[0])
    assert await desk.editing.get("ven_a") == held[0]


async def test_nobody_changes_what_is_beyond_their_scope(desk: Desk) -> None:
    with pytest.raises(VenueUnknown):
        await desk.editing.change(MANAGER_C, a_policy("ven_a"))
    with pytest.raises(GroupUnknown):
        await desk.editing.get_group(MANAGER_C, "ven_a")


async def test_a_venue_alone_is_a_group_by_its_own_id(desk: Desk) -> None:
    group = await desk.editing.get_group(MANAGER_A, "ven_a")
    assert (group.venue_ids, group.terms) == (("ven_a",), default_terms("ven_a"))
    await desk.editing.change_terms(MANAGER_A, replace(THREE, group="ven_a", version=0))
    policy = await desk.editing.get("ven_a")
    assert (policy.version, policy.strikes, policy.ledger) == (0, 3, "ven_a")


async def test_venues_of_a_group_share_its_terms(desk: Desk) -> None:
    for venue_id in ("ven_a", "ven_b"):
        await desk.editing.change(DISTRICT, a_policy(venue_id, no_show_group="temples"))
    group = await desk.editing.get_group(DISTRICT, "temples")
    assert group.venue_ids == ("ven_a", "ven_b")
    await desk.editing.change_terms(DISTRICT, replace(THREE, version=group.terms.version))
    for venue_id in group.venue_ids:
        policy = await desk.editing.get(venue_id)
        assert (policy.ledger, policy.strikes, policy.strike_days, policy.pause_days) == ("temples", 3, 90, 30)
    with pytest.raises(GroupUnknown):
        await desk.editing.get_group(DISTRICT, "ven_a")
    with pytest.raises(GroupUnknown):
        await desk.editing.change_terms(DISTRICT, replace(THREE, group="nobody", version=0))


async def test_a_group_is_joined_by_whoever_answers_for_all_of_it(desk: Desk) -> None:
    await desk.editing.change(DISTRICT, a_policy("ven_a", no_show_group="temples"))
    with pytest.raises(GroupBeyondScope):
        await desk.editing.change(MANAGER_C, a_policy("ven_c", no_show_group="temples"))
    await desk.editing.change(CITY_ADMIN, a_policy("ven_c", no_show_group="temples"))
    with pytest.raises(GroupUnknown):
        await desk.editing.change_terms(DISTRICT, THREE)
    # Its manager changes the rest of the policy, and may leave.
    await desk.editing.change(MANAGER_C, a_policy("ven_c", version=1, no_show_group="temples", offer_minutes=60))
    await desk.editing.change(MANAGER_C, a_policy("ven_c", version=2))
    assert (await desk.editing.get_group(DISTRICT, "temples")).venue_ids == ("ven_a",)


async def test_who_joins_a_group_meets_who_changes_it(desk: Desk) -> None:
    """Both saw the group as it was: one of them is refused, and the other leaves nothing half done."""
    seen = default_terms("temples")
    assert await desk.store.claim_policy(a_change(a_policy(version=1, no_show_group="temples"), joined=seen))
    assert not await desk.store.claim_terms(terms_change(replace(THREE, version=1, strikes=2)))
    joining = a_change(a_policy("ven_c", version=1, no_show_group="temples"), joined=seen)
    assert not await desk.store.claim_policy(joining)
    assert [one.venue_id for one in await desk.store.all_policies()] == ["ven_a"]


async def test_a_change_whose_answer_was_lost_is_made_once(desk: Desk) -> None:
    change = a_change(a_policy(version=1, no_show_group="temples"), joined=default_terms("temples"))
    assert await desk.store.claim_policy(change)
    assert await desk.store.claim_policy(change)
    assert [(one.group, one.version) for one in await desk.store.all_terms()] == [("temples", 1)]


async def test_the_directory_is_read_anew_after_seconds(desk: Desk) -> None:
    assert (await desk.directory.get("ven_a")).version == 0
    await desk.store.claim_policy(a_change(a_policy(version=1)))
    assert (await desk.directory.get("ven_a")).version == 0
    desk.clock.at += timedelta(seconds=6)
    assert (await desk.directory.get("ven_a")).version == 1


class Away:
    """A store that is away."""

    def __init__(self, store: MongoPolicies) -> None:
        self._store = store
        self.away = False

    def __getattr__(self, name: str) -> object:
        if self.away:
            raise DatabaseUnavailable
        return getattr(self._store, name)


async def test_while_the_database_is_away_the_last_policy_holds(desk: Desk) -> None:
    await desk.store.claim_policy(a_change(a_policy(version=1)))
    store = Away(desk.store)
    directory = PolicyDirectory(store=store, clock=desk.clock)  # type: ignore[arg-type]  # it stands in for one
    assert (await directory.get("ven_a")).version == 1
    store.away = True
    desk.clock.at += timedelta(minutes=5)
    assert (await directory.get("ven_a")).version == 1
