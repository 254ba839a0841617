"""Photos in the real database: received in any order of events, developed once, kept while somebody wants them."""

import asyncio
import secrets
from datetime import timedelta

import pytest

from services.common.mongo import Mongo
from services.photos.errors import ChunkOutOfPlace, ChunkUnfit, PhotoNotReady, PhotoSumMismatch, PhotoUnknown
from services.photos.keeping import EVIDENCE
from services.photos.model import ANYBODY, PhotoRefusal, PhotoState, Rendition
from services.photos.mongo import PHOTOS
from services.photos.rules import MOST_LOSSES, UNFINISHED_FOR, UNNAMED_FOR, UNWANTED_FOR, all_picture_keys
from tests.photo_room import UPLOADER, LabHere, PhotoRoom, pieces_of
from tests.photos import SMALL, photo_file, sum_of, unlike, zip_bomb

JUST_OVER = timedelta(minutes=1)


@pytest.fixture(autouse=True)
async def _nothing_waits(mongo: Mongo) -> None:
    await mongo.collection(PHOTOS).delete_many({})


@pytest.fixture
def room(mongo: Mongo) -> PhotoRoom:
    return PhotoRoom(mongo)


async def test_a_photo_is_received_in_pieces_and_becomes_pictures(room: PhotoRoom, mongo: Mongo) -> None:
    file = photo_file()
    name = sum_of(file)
    assert (await room.send(file, chunk=SMALL)).state is PhotoState.RECEIVED
    with pytest.raises(PhotoNotReady):
        await room.photos.picture(name, Rendition.CLEAN)
    await room.develop_all()
    photo = await room.photos.get(name)
    assert (photo.state, photo.size, photo.width, photo.uploader) == (PhotoState.READY, len(file), 640, UPLOADER)
    assert photo.taken_where is not None
    assert await pieces_of(mongo, name) == 0
    clean, small = [await room.photos.picture(name, one) for one in (Rendition.CLEAN, Rendition.THUMBNAIL)]
    assert len(small.content) < len(clean.content)
    assert clean.media_type == "image/jpeg"
    assert (await room.photos.begin(name, len(file), "another")).state is PhotoState.READY
    assert (await room.photos.add_chunk(name, 0, file[:SMALL])).state is PhotoState.READY


async def test_chunks_have_their_place_and_length(room: PhotoRoom) -> None:
    file = unlike()
    name = sum_of(file)
    with pytest.raises(PhotoUnknown):
        await room.photos.add_chunk(name, 0, file[:SMALL])
    with pytest.raises(PhotoUnknown):
        await room.photos.get("no name")
    assert (await room.photos.begin(name, len(file), UPLOADER)).received == 0
    with pytest.raises(ChunkOutOfPlace) as early:
        await room.photos.add_chunk(name, SMALL, file[SMALL : 2 * SMALL])
    assert early.value.received == 0
    for length in (0, SMALL - 1, len(file) + 1):
        with pytest.raises(ChunkUnfit):
            await room.photos.add_chunk(name, 0, bytes(length))
    await room.photos.add_chunk(name, 0, file[:SMALL])
    assert (await room.photos.add_chunk(name, 0, file[:SMALL])).received == SMALL
    assert (await room.photos.add_chunk(name, 100, file[100:SMALL])).received == SMALL
    with pytest.raises(ChunkOutOfPlace) as overlapping:
        await room.photos.add_chunk(name, SMALL - 1, file[SMALL - 1 : 2 * SMALL])
    assert overlapping.value.received == SMALL
    assert (await room.photos.begin(name, len(file), UPLOADER)).received == SMALL


@pytest.mark.parametrize("chunk", [SMALL, 1024 * 1024])
async def test_a_wrong_sum_discards_everything(room: PhotoRoom, mongo: Mongo, chunk: int) -> None:
    file = unlike()
    name = sum_of(file)
    with pytest.raises(PhotoSumMismatch):
        await room.send(file[:-1] + b"x", chunk=chunk, named=name)
    assert await pieces_of(mongo, name) == 0
    assert (await room.photos.get(name)).received == 0
    assert (await room.send(file, chunk=chunk)).state is PhotoState.RECEIVED


async def test_whoever_says_another_size_begins_anew(room: PhotoRoom, mongo: Mongo) -> None:
    file = unlike()
    name = sum_of(file)
    await room.photos.begin(name, 2 * len(file), "wrong")
    await room.photos.add_chunk(name, 0, secrets.token_bytes(SMALL))
    assert (await room.photos.begin(name, len(file), UPLOADER)).received == 0
    assert await pieces_of(mongo, name) == 0
    assert (await room.send(file, chunk=SMALL)).state is PhotoState.RECEIVED


async def test_a_leased_photo_is_taken_up_when_its_lease_lapses(mongo: Mongo) -> None:
    file = photo_file()
    room = PhotoRoom(mongo, lab=LabHere(losses=1))
    await room.send(file)
    await room.develop_all()
    assert (await room.photos.get(sum_of(file))).state is PhotoState.RECEIVED
    room.clock.move(timedelta(minutes=2))
    await room.develop_all()
    assert (await room.photos.get(sum_of(file))).state is PhotoState.READY


async def test_a_file_that_ends_every_lab_is_refused_in_the_end(mongo: Mongo) -> None:
    file = photo_file()
    room = PhotoRoom(mongo, lab=LabHere(losses=MOST_LOSSES))
    await room.send(file)
    for _ in range(MOST_LOSSES):
        await room.develop_all()
        room.clock.move(timedelta(minutes=2))
    assert (await room.photos.get(sum_of(file))).refusal is PhotoRefusal.DAMAGED


async def test_a_refused_file_leaves_its_reason(room: PhotoRoom, mongo: Mongo) -> None:
    file = zip_bomb() + secrets.token_bytes(8)
    await room.send(file)
    await room.develop_all()
    photo = (await room.photos.states([sum_of(file), "f" * 64]))[sum_of(file)]
    assert (photo.state, photo.refusal) == (PhotoState.REFUSED, PhotoRefusal.NOT_A_PICTURE)
    assert await pieces_of(mongo, sum_of(file)) == 0


async def test_a_photo_may_be_wanted_before_it_comes(room: PhotoRoom) -> None:
    file, other = photo_file(), photo_file()
    names = [sum_of(file), sum_of(other)]
    await asyncio.gather(*(room.photos.want(names) for _ in range(5)), room.send(other))
    states = await room.photos.states(names)
    assert [states[name].state for name in names] == [PhotoState.AWAITED, PhotoState.RECEIVED]
    assert all(states[name].wanted for name in names)
    await room.send(file)
    await room.develop_all()
    photo = await room.photos.get(names[0])
    assert (photo.state, photo.wanted) == (PhotoState.READY, True)


async def test_a_watermarked_picture_is_made_once_for_each_text(room: PhotoRoom) -> None:
    file = photo_file()
    name = sum_of(file)
    await room.send(file)
    await room.develop_all()
    first, again, other = [
        (await room.photos.picture(name, Rendition.WATERMARKED, lines=lines)).content
        for lines in (("示例餐馆", "A1"), ("示例餐馆", "A1"), ("示例餐馆", "B2"))
    ]
    assert first == again != other
    record = await room.store.find(name)
    assert record is not None
    assert len(record.marks) == 2


async def test_what_nobody_wants_is_forgotten_and_what_is_wanted_stays(room: PhotoRoom) -> None:
    kept, gone, cut, awaited = photo_file(), photo_file(), unlike(), unlike()
    for file in (kept, gone):
        await room.send(file)
    for file in (cut, awaited):
        await room.photos.begin(sum_of(file), len(file), UPLOADER)
        await room.photos.add_chunk(sum_of(file), 0, file[:SMALL])
    await room.develop_all()
    await room.photos.picture(sum_of(gone), Rendition.WATERMARKED, lines=("A1",))
    await room.photos.want([sum_of(kept), sum_of(awaited)])
    record = await room.store.find(sum_of(gone))
    assert record is not None

    room.clock.move(UNFINISHED_FOR + JUST_OVER)
    await room.sweeping.sweep()
    states = await room.photos.states([sum_of(file) for file in (kept, gone, cut, awaited)])
    assert {name: photo.state for name, photo in states.items()} == {
        sum_of(kept): PhotoState.READY,
        sum_of(gone): PhotoState.READY,
        sum_of(awaited): PhotoState.AWAITED,
    }
    room.clock.move(UNWANTED_FOR - UNFINISHED_FOR)
    await room.sweeping.sweep()
    assert (await room.photos.get(sum_of(kept))).state is PhotoState.READY
    assert await room.photos.states([sum_of(gone)]) == {}
    assert len(all_picture_keys(record)) == 3
    assert [await room.pictures.get(key) for key in all_picture_keys(record)] == [None] * 3
    assert (await room.photos.picture(sum_of(kept), Rendition.CLEAN)).content


async def test_what_is_let_go_is_swept_unless_something_else_names_it(room: PhotoRoom) -> None:
    alone, twice, evidence, again = files = [photo_file() for _ in range(4)]
    for file in files:
        await room.send(file)
    names = [sum_of(file) for file in files]
    await room.develop_all()
    await room.photos.want(names, by="cmp:1")
    await room.photos.want([sum_of(twice)], by="cmp:2")
    await room.photos.want([sum_of(evidence)])
    room.clock.move(UNWANTED_FOR + JUST_OVER)
    await room.sweeping.sweep()
    assert set(await room.photos.states(names)) == set(names)
    for _ in range(2):
        await room.photos.release([*names, "0" * 64], by="cmp:1")
    await room.photos.release(names, by=EVIDENCE)
    await room.photos.want([sum_of(again)], by="cmp:3")
    await room.sweeping.sweep()
    kept = {sum_of(twice), sum_of(evidence), sum_of(again)}
    assert set(await room.photos.states(names)) == kept
    assert (await room.photos.picture(sum_of(evidence), Rendition.CLEAN)).content
    await asyncio.gather(*(room.photos.release(names, by=f"cmp:{number}") for number in (2, 3)))
    await room.sweeping.sweep()
    assert set(await room.photos.states(names)) == {sum_of(evidence)}
    assert sum_of(alone) not in kept


async def test_an_unfinished_upload_that_is_swept_stays_evidence(room: PhotoRoom) -> None:
    file = unlike()
    await room.photos.want([sum_of(file)])
    await room.photos.begin(sum_of(file), len(file), UPLOADER)
    await room.photos.add_chunk(sum_of(file), 0, file[:SMALL])
    room.clock.move(UNFINISHED_FOR + JUST_OVER)
    await room.sweeping.sweep()
    await room.photos.want([sum_of(file)], by="cmp:1")
    await room.photos.release([sum_of(file)], by="cmp:1")
    assert (await room.photos.get(sum_of(file))).wanted


async def test_what_somebody_unknown_sent_is_forgotten_after_a_day_unless_it_is_named(
    room: PhotoRoom, mongo: Mongo
) -> None:
    named, unnamed, taken_over, cut, staff = [photo_file() for _ in range(5)]
    for file in (named, unnamed, taken_over):
        await room.send(file, uploader=ANYBODY)
    await room.photos.begin(sum_of(cut), len(cut), ANYBODY)
    await room.photos.add_chunk(sum_of(cut), 0, cut[:SMALL])
    await room.send(staff)
    await room.photos.begin(sum_of(taken_over), len(taken_over), UPLOADER)
    await room.develop_all()
    await room.photos.want([sum_of(named)])
    room.clock.move(UNNAMED_FOR - JUST_OVER)
    await room.sweeping.sweep()
    assert len(await room.photos.states([sum_of(unnamed), sum_of(cut)])) == 2
    room.clock.move(2 * JUST_OVER)
    await room.sweeping.sweep()
    left = await room.photos.states([sum_of(file) for file in (named, unnamed, taken_over, cut, staff)])
    assert left.keys() == {sum_of(named), sum_of(taken_over), sum_of(staff)}
    assert await pieces_of(mongo, sum_of(cut)) == 0


async def test_photos_of_staff_are_developed_before_those_of_others(room: PhotoRoom) -> None:
    for _ in range(6):
        await room.send(photo_file(), uploader=ANYBODY)
    file = photo_file()
    await room.send(file)
    assert [one.photo.id for one in await room.store.waiting(room.clock.now())] == [sum_of(file)]
    await room.developing.work_once()
    assert len(await room.store.waiting(room.clock.now())) == 4
    await room.develop_all()
    assert await room.store.waiting(room.clock.now()) == []
    assert room.lab.developed == 7


async def test_a_whole_file_goes_on_where_one_broke_off_and_leaves_alone_what_is_another_s(room: PhotoRoom) -> None:
    file, theirs = unlike(), unlike()
    for one in (file, theirs):
        await room.photos.begin(sum_of(one), len(one) + (one is theirs), UPLOADER)
        await room.photos.add_chunk(sum_of(one), 0, one[: SMALL + 1])
    assert await asyncio.gather(*(room.photos.keep(file, ANYBODY) for _ in range(4))) == [sum_of(file)] * 4
    assert (await room.photos.get(sum_of(file))).state is PhotoState.RECEIVED
    assert await room.photos.keep(theirs, ANYBODY) == sum_of(theirs)
    assert (await room.photos.get(sum_of(theirs))).received == SMALL + 1


async def test_pieces_left_by_a_killed_process_are_swept(room: PhotoRoom, mongo: Mongo) -> None:
    file = photo_file()
    name = sum_of(file)
    await room.send(file)
    await room.develop_all()
    await room.photos.want([name])
    await room.pieces.put(f"{name}:1:0:5", b"stale", room.clock.now())
    await room.pieces.put(f"{'e' * 64}:1:0:5", b"stale", room.clock.now())
    room.clock.move(UNFINISHED_FOR + JUST_OVER)
    await room.sweeping.sweep()
    assert await pieces_of(mongo, name) == await pieces_of(mongo, "e" * 64) == 0


async def test_a_photo_that_becomes_wanted_at_the_last_moment_is_kept(mongo: Mongo) -> None:
    file = photo_file()
    room = PhotoRoom(mongo)
    await room.send(file)
    await room.develop_all()
    record = await room.store.find(sum_of(file))
    assert record is not None
    await room.photos.want([sum_of(file)])
    assert not await room.store.claim_empty(record, record)
    await room.store.remove(record)
    assert (await room.photos.get(sum_of(file))).state is PhotoState.READY
