"""Pictures are kept alike in the database and in a store that speaks S3."""

import secrets
from collections.abc import Iterator

import pytest

from services.common.mongo import Mongo
from services.photos.errors import PhotosUnavailable
from services.photos.mongo import MongoPictures
from services.photos.ports import PictureStore
from tests.contract.documents import Documents
from tests.contract.s3 import pictures_at, run_s3
from tests.processes import free_port

SIZES = (1, 255 * 1024, 255 * 1024 + 1, 2_000_000)


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    with run_s3() as address:
        yield address


@pytest.fixture(params=["mongo", "s3"])
def pictures(request: pytest.FixtureRequest, mongo: Mongo, s3_address: str) -> PictureStore:
    return MongoPictures(mongo) if request.param == "mongo" else pictures_at(s3_address)


def new_key() -> str:
    return f"{secrets.token_hex(32)}/clean-1-1"


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_put_can_be_had(pictures: PictureStore, size: int) -> None:
    key, content = new_key(), secrets.token_bytes(size)
    assert await pictures.get(key) is None
    await pictures.put(key, content)
    assert await pictures.get(key) == content


async def test_the_last_one_put_counts(pictures: PictureStore) -> None:
    key = new_key()
    await pictures.put(key, bytes(600_000))
    await pictures.put(key, b"another")
    assert await pictures.get(key) == b"another"


async def test_what_is_deleted_is_gone_and_only_that(pictures: PictureStore) -> None:
    gone, kept = new_key(), new_key()
    await pictures.put(gone, b"one")
    await pictures.put(kept, b"two")
    await pictures.delete([gone, new_key()])
    await pictures.delete([gone])
    assert await pictures.get(gone) is None
    assert await pictures.get(kept) == b"two"


async def test_nothing_of_a_deleted_picture_stays_in_the_database(mongo: Mongo, documents: Documents) -> None:
    key = new_key()
    pictures = MongoPictures(mongo)
    await pictures.put(key, bytes(600_000))
    assert len(await documents.find("photo_pictures.chunks", files_id=key)) == 3
    await pictures.delete([key])
    assert await documents.find("photo_pictures.chunks", files_id=key) == []
    assert await documents.find("photo_pictures.files", _id=key) == []


async def test_an_s3_store_that_is_away_is_said_to_be() -> None:
    pictures = pictures_at(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(PhotosUnavailable):
        await pictures.get(new_key())
    with pytest.raises(PhotosUnavailable):
        await pictures.put(new_key(), b"one")
