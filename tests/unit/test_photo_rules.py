"""Where chunks belong, what a file is, and room for what is on its way: pure decisions."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.common.errors import TooBusy
from services.photos.errors import ChunkOutOfPlace, ChunkUnfit
from services.photos.formats import is_other_picture, media_type_of
from services.photos.model import ANYBODY, PhotoRecord, PhotoState, Rendition
from services.photos.room import Room
from services.photos.rules import (
    LARGEST_CHUNK,
    LEAST_CHUNK,
    Step,
    all_picture_keys,
    awaited,
    begun,
    emptied,
    is_name,
    picture_key,
    piece_keys,
    place_chunk,
    restarted,
    with_chunk,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NAME = "ab" * 32
SIZE = 3 * LARGEST_CHUNK


def receiving(*lengths: int) -> PhotoRecord:
    record = begun(awaited(NAME, NOW), SIZE, "stf_1", NOW)
    assert record is not None
    for length in lengths:
        record = with_chunk(record, length, NOW)
    return record


def test_names_are_lower_case_sums() -> None:
    assert is_name(NAME)
    assert not [
        text for text in ("", NAME[1:], NAME + "a", NAME.upper(), NAME[:-1] + "g", NAME + "\n") if is_name(text)
    ]


@pytest.mark.parametrize(
    ("offset", "length", "step"),
    [
        (LARGEST_CHUNK, LARGEST_CHUNK, Step.KEEP),
        (LARGEST_CHUNK, LEAST_CHUNK, Step.KEEP),
        (0, LARGEST_CHUNK, Step.IGNORE),
        (5, 10, Step.IGNORE),
    ],
)
def test_a_chunk_continues_or_repeats(offset: int, length: int, step: Step) -> None:
    assert place_chunk(receiving(LARGEST_CHUNK).photo, offset, length) is step


@pytest.mark.parametrize(
    ("offset", "length", "refusal"),
    [
        (LARGEST_CHUNK + 1, LEAST_CHUNK, ChunkOutOfPlace),
        (LARGEST_CHUNK - 1, LEAST_CHUNK, ChunkOutOfPlace),
        (0, 0, ChunkOutOfPlace),
        (LARGEST_CHUNK, 0, ChunkUnfit),
        (LARGEST_CHUNK, LEAST_CHUNK - 1, ChunkUnfit),
        (LARGEST_CHUNK, LARGEST_CHUNK + 1, ChunkUnfit),
    ],
)
def test_any_other_chunk_is_refused(offset: int, length: int, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        place_chunk(receiving(LARGEST_CHUNK).photo, offset, length)


def test_the_last_chunk_may_be_short_and_not_too_long() -> None:
    almost = receiving(*[LARGEST_CHUNK] * 2, LARGEST_CHUNK - 7).photo
    assert place_chunk(almost, SIZE - 7, 7) is Step.KEEP
    for length in (6, 8):
        with pytest.raises(ChunkUnfit):
            place_chunk(almost, SIZE - 7, length)


def test_nothing_is_asked_of_a_photo_that_is_done_with() -> None:
    for state in (PhotoState.RECEIVED, PhotoState.READY, PhotoState.REFUSED):
        done = replace(receiving().photo, state=state)
        assert place_chunk(done, 99, 0) is Step.IGNORE
        assert begun(replace(receiving(), photo=done), 5, "stf_2", NOW) is None
    with pytest.raises(ChunkOutOfPlace):
        place_chunk(awaited(NAME, NOW).photo, 0, LEAST_CHUNK)


def test_nobody_begins_anew_what_somebody_who_counts_for_more_began() -> None:
    senders = (ANYBODY, "fnd_1", "stf_1")
    for at, first in enumerate(senders):
        begun_by = begun(awaited(NAME, NOW), SIZE, first, NOW)
        assert begun_by is not None
        for other, second in enumerate(senders):
            anew = begun(begun_by, SIZE + 1, second, NOW)
            assert (anew is None) == (other < at)
            assert anew is None or (anew.attempt, anew.photo.uploader) == (2, second)


def test_staff_take_over_what_somebody_unknown_began() -> None:
    unknown = begun(awaited(NAME, NOW), SIZE, ANYBODY, NOW)
    assert unknown is not None
    for state in (PhotoState.RECEIVING, PhotoState.READY):
        found = replace(unknown, photo=replace(unknown.photo, state=state, received=5))
        taken = begun(found, SIZE, "stf_1", NOW)
        assert taken == replace(found, photo=replace(found.photo, uploader="stf_1"))
        # An owner would see the picture by it.
        assert begun(found, SIZE, "fnd_1", NOW) is None
        assert begun(found, SIZE, ANYBODY, NOW) is None


def test_keys_of_another_attempt_are_other_keys() -> None:
    record = receiving(LARGEST_CHUNK, LEAST_CHUNK)
    keys = piece_keys(record)
    assert keys == [f"{NAME}:1:0:{LARGEST_CHUNK}", f"{NAME}:1:{LARGEST_CHUNK}:{LEAST_CHUNK}"]
    anew = with_chunk(restarted(record, NOW), LARGEST_CHUNK, NOW)
    assert not set(keys) & set(piece_keys(anew))
    assert emptied(replace(record, tries=2), NOW).attempt == 2
    tried = replace(record, tries=2, marks=("m",))
    assert picture_key(tried, Rendition.CLEAN) in all_picture_keys(tried)
    assert len(all_picture_keys(tried)) == 5


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\xff\xd8\xff\xe0....JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"\x00\x00\x00\x18ftypavif", None),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, media_type: str | None) -> None:
    assert media_type_of(head) == media_type
    assert is_other_picture(b"\x00\x00\x00\x18ftypavif")
    assert not is_other_picture(b"PK\x03\x04")


async def test_room_is_given_in_the_order_of_asking() -> None:
    room, order = Room(most_bytes=10, patience_s=5), []

    async def take(name: str, wanted: int) -> None:
        await room.take(wanted)
        order.append(name)

    await room.take(8)
    waiting = [asyncio.create_task(take(name, wanted)) for name, wanted in (("large", 9), ("small", 1))]
    await asyncio.sleep(0)
    assert order == []
    room.give_back(8)
    await asyncio.gather(*waiting)
    assert order == ["large", "small"]
    assert room.free_bytes == 0


async def test_whoever_waits_too_long_or_goes_away_takes_no_room() -> None:
    room = Room(most_bytes=10, patience_s=0.05)
    await room.take(8)
    with pytest.raises(TooBusy):
        await room.take(5)
    gone = asyncio.create_task(room.take(5))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    await room.take(2)
    for taken in (8, 2):
        room.give_back(taken)
    assert room.free_bytes == 10


async def test_room_given_in_the_moment_of_going_away_comes_back() -> None:
    room = Room(most_bytes=10, patience_s=5)
    await room.take(10)
    waiting = asyncio.create_task(room.take(10))
    await asyncio.sleep(0)
    room.give_back(10)
    waiting.cancel()
    (ended,) = await asyncio.gather(waiting, return_exceptions=True)
    if ended is None:
        room.give_back(10)
    assert room.free_bytes == 10
