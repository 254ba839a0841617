"""Outlets that move to another district."""

import pytest

from services.common.mongo import Mongo
from services.patrols.model import Draft
from services.patrols.outlets.errors import OutletFollowed
from services.patrols.outlets.registering import ChangeOutlet
from services.patrols.sites.model import SiteStatus
from services.patrols.sites.mongo import MongoStatuses
from tests.outlets import ADMIN, registry_on
from tests.patrols import draft_of, make_status, recording_on
from tests.registry import open_city


async def test_a_followed_outlet_stays_and_its_status_moves_along(mongo: Mongo) -> None:
    await open_city(mongo)
    registry = registry_on(mongo)
    outlet = await registry.add()

    def move(to: str) -> ChangeOutlet:
        changes = {"district_id": to}
        return ChangeOutlet(actor=ADMIN, outlet_id=outlet.id, version=None, changes=changes, contacts=None)

    async def stand(status: SiteStatus) -> None:
        async def decide() -> Draft[str]:
            return draft_of(status)

        await recording_on(mongo).settle(decide)

    await stand(make_status(id=outlet.id, seen_by=outlet.seen_by, open_findings=1))
    with pytest.raises(OutletFollowed):
        await registry.register.change(move("310115"))
    await stand(make_status(id=outlet.id, seen_by=outlet.seen_by, version=2))
    moved = await registry.register.change(move("310115"))
    status = (await MongoStatuses(mongo).statuses([outlet.id]))[outlet.id]
    assert (status.district_id, status.seen_by, status.version) == ("310115", moved.seen_by, 3)
    assert "district:310115" in moved.seen_by
