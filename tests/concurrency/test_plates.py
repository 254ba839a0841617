"""Two server processes issue, replace and revoke plates of one site at once: it never has two."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest

from services.common.mongo import Mongo, Session
from services.identity.model import Actor
from services.patrols.documents import to_document
from services.patrols.mongo import MongoPatrolRecords
from services.patrols.plates.errors import PlateOver
from services.patrols.plates.model import Plate, PlateEnd, PlateState, SitePlate
from services.patrols.plates.mongo import SITE_PLATES, MongoPlates
from services.venues.mongo import MongoVenues
from tests.concurrency.conftest import Pair
from tests.factories import make_district, make_venue
from tests.patrols import ensure_whole_log, recording_on, records_on
from tests.plates import ADMIN, Office

ISSUERS = 6


class Together(MongoPlates):
    """Lets nobody write before everybody has looked once."""

    def __init__(self, mongo: Mongo, barrier: asyncio.Barrier) -> None:
        super().__init__(mongo)
        self._barrier: asyncio.Barrier | None = barrier

    async def own(self, site_ids: Collection[str]) -> Mapping[str, SitePlate]:
        found = await super().own(site_ids)
        barrier, self._barrier = self._barrier, None
        if barrier is not None:
            await barrier.wait()
        return found


class Unguarded(MongoPatrolRecords):
    """Writes which plate is a site's own whatever it was before: what plates would be without that version."""

    async def _versions(self, kind: type[Any], drafts: Any) -> Mapping[str, int]:
        if kind is SitePlate:
            return {one.id: one.version - 1 for draft in drafts for one in draft.records if type(one) is kind}
        return await super()._versions(kind, drafts)

    async def _keep(self, kind: type[Any], records: Sequence[Any], at: datetime, session: Session) -> None:
        if kind is not SitePlate:
            return await super()._keep(kind, records, at, session)
        for one in records:
            collection = self._mongo.collection(SITE_PLATES)
            await collection.replace_one({"_id": one.id}, to_document(one), upsert=True, session=session)
        return None


async def open_site(mongo: Mongo) -> str:
    """Put a venue there, of a district that every directory knows."""
    venue = make_venue()
    await MongoVenues(mongo).put([make_district(id="310101", city_id="310000")], [venue])
    return venue.id


async def rush(pair: Pair, kind: type[MongoPatrolRecords], count: int = 2) -> tuple[Sequence[Plate], list[Plate]]:
    """Let `count` administrators issue a plate for a site at one moment; return its plates, and the answers."""
    site_id = await open_site(pair[0])
    barrier = asyncio.Barrier(count)
    offices = [
        Office(mongo, recording_on(mongo, records_on(mongo, kind)), Together(mongo, barrier))
        for mongo in (pair[at % 2] for at in range(count))
    ]
    issued = await asyncio.gather(*(office.issuing.issue(ADMIN, site_id, None) for office in offices))
    return await MongoPlates(pair[0]).of_site(site_id), list(issued)


def current(plates: Sequence[Plate]) -> list[Plate]:
    return [plate for plate in plates if plate.state is PlateState.CURRENT]


async def test_without_the_guard_a_site_has_two_plates(pair: Pair) -> None:
    plates, _ = await rush(pair, Unguarded)
    assert len(current(plates)) == 2, "the race that the guard is for did not happen"


@pytest.mark.parametrize("count", [2, ISSUERS])
async def test_a_site_has_one_plate_however_many_are_issued_at_once(honest_pair: Pair, count: int) -> None:
    plates, issued = await rush(honest_pair, MongoPatrolRecords, count)
    assert len(plates) == count == len({plate.id for plate in issued})
    [last] = current(plates)
    office = Office(honest_pair[1], recording_on(honest_pair[1]))
    assert await office.reading.current_plate(last.site_id) == last
    # Each was replaced by another one, and no two by the same.
    successors = [plate.replaced_by for plate in plates if plate.state is PlateState.REPLACED]
    assert len(set(successors)) == count - 1
    assert set(successors) <= {plate.id for plate in plates}
    await ensure_whole_log(honest_pair[0])


async def test_one_of_a_replacement_and_a_revocation_comes_first(honest_pair: Pair) -> None:
    site_id = await open_site(honest_pair[0])
    office = Office(honest_pair[0], recording_on(honest_pair[0]))
    plate = await office.issuing.issue(ADMIN, site_id, None)
    barrier = asyncio.Barrier(2)
    first, second = (Office(mongo, recording_on(mongo), Together(mongo, barrier)) for mongo in honest_pair)

    async def replace(actor: Actor) -> Plate:
        return await first.issuing.replace(actor, plate.id, PlateEnd.DAMAGED, None)

    outcomes = await asyncio.gather(
        replace(ADMIN), second.issuing.revoke(ADMIN, plate.id, PlateEnd.STOLEN), return_exceptions=True
    )
    assert [type(one) for one in outcomes].count(PlateOver) == 1
    plates = await office.store.of_site(site_id)
    replaced = isinstance(outcomes[0], Plate)
    assert len(plates) == (2 if replaced else 1)
    assert len(current(plates)) == (1 if replaced else 0)
    assert (await office.reading.current_plate(site_id)) == (outcomes[0] if replaced else None)


async def test_plates_are_given_once_where_there_are_none(honest_pair: Pair) -> None:
    site_ids = [await open_site(honest_pair[0]) for _ in range(5)]
    offices = [Office(mongo, recording_on(mongo)) for mongo in honest_pair]
    answers = await asyncio.gather(*(office.issuing.issue_missing(ADMIN, site_ids) for office in offices * 3))
    assert len({tuple(plate.id for plate in plates) for plates in answers}) == 1
    assert [plate.site_id for plate in answers[0]] == site_ids
    for site_id in site_ids:
        assert len(await offices[0].store.of_site(site_id)) == 1
