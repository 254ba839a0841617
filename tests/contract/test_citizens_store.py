"""Citizens in the real database: one openid, one citizen."""

from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.identity.mongo import CITIZENS, MongoCitizens
from tests.contract.documents import Documents
from tests.factories import NOW, new_id


@pytest.fixture
def citizens(mongo: Mongo) -> MongoCitizens:
    return MongoCitizens(mongo)


async def test_a_newcomer_gets_the_new_id_and_keeps_it(citizens: MongoCitizens, documents: Documents) -> None:
    digest, first_id = new_id("digest"), new_id("cit")
    assert await citizens.get_or_add(openid_digest=digest, openid=b"one", new_id=first_id, now=NOW) == first_id
    later = NOW + timedelta(days=1)
    again = await citizens.get_or_add(openid_digest=digest, openid=b"two", new_id=new_id("cit"), now=later)
    assert again == first_id
    assert await documents.get("citizens", first_id) == {"_id": first_id, "openid": b"one", "created_at": NOW}


async def test_different_people_are_different_citizens(citizens: MongoCitizens) -> None:
    ids = [
        await citizens.get_or_add(openid_digest=new_id("digest"), openid=b"x", new_id=new_id("cit"), now=NOW)
        for _ in range(2)
    ]
    assert len(set(ids)) == 2


async def test_a_log_in_mends_what_a_killed_process_left_half_done(
    citizens: MongoCitizens, documents: Documents, mongo: Mongo
) -> None:
    digest, citizen_id = new_id("digest"), new_id("cit")
    await citizens.get_or_add(openid_digest=digest, openid=b"one", new_id=citizen_id, now=NOW)
    await mongo.collection(CITIZENS).delete_one({"_id": citizen_id})
    again = await citizens.get_or_add(openid_digest=digest, openid=b"one", new_id=new_id("cit"), now=NOW)
    assert again == citizen_id
    assert await documents.get("citizens", citizen_id) == {"_id": citizen_id, "openid": b"one", "created_at": NOW}
