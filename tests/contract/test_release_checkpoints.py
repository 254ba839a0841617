"""Which checkpoint a draw takes: the first after the freeze that tells of more."""

from server.visits.releases import ItemCheckpoints
from services.common.mongo import Mongo
from services.transparency.model import Checkpoint, LogName, SignedCheckpoint
from services.transparency.mongo import MongoCheckpoints
from tests.factories import NOW


def signed(number: int, size: int) -> SignedCheckpoint:
    return SignedCheckpoint(
        log=LogName.ITEMS,
        number=number,
        checkpoint=Checkpoint(origin="example", size=size, root=bytes(32)),
        signed_at=NOW,
        kid=1,
        note=f"note {number}",
        period_at=NOW,
        regular=number,
        is_regular=True,
    )


async def test_the_first_that_has_more_leaves_is_taken(mongo: Mongo) -> None:
    store = MongoCheckpoints(mongo)
    checkpoints = ItemCheckpoints(checkpoints=store)
    assert await checkpoints.last_number() == 0
    assert await checkpoints.find_growth(0) is None
    for number, size in ((1, 0), (2, 5), (3, 5)):
        await store.claim(signed(number, size))
    assert await checkpoints.last_number() == 3
    assert await checkpoints.find_growth(0) == "note 2"
    assert await checkpoints.find_growth(2) is None
    for number, size in ((4, 5), (5, 6), (6, 9)):
        await store.claim(signed(number, size))
    assert await checkpoints.find_growth(2) == "note 5"
    assert await checkpoints.find_growth(6) is None
