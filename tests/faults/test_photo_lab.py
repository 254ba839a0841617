"""The processes that make pictures: bounded, replaced when they die, and never the server's own."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable

import psutil
import pytest
from PIL import Image

from server.photo_lab import PhotoLab
from services.common.errors import TooBusy
from services.photos.model import Developed, PhotoRefusal
from services.photos.ports import LabLost
from tests.photos import jpeg, png_head, written

PIECE = 100_000


def pieces_of(file: bytes) -> Callable[[], AsyncIterator[bytes]]:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(file), PIECE):
            yield file[at : at + PIECE]

    return pieces


@pytest.fixture
async def lab() -> AsyncIterator[PhotoLab]:
    made = PhotoLab(processes=1)
    yield made
    await made.close()


async def test_pictures_are_made_elsewhere(lab: PhotoLab) -> None:
    assert lab.pids == []
    result = await lab.develop(pieces_of(jpeg(width=2000, height=1500)))
    assert isinstance(result, Developed)
    assert (result.width, result.taken_at is None, result.taken_where is None) == (2000, False, False)
    assert os.getpid() not in lab.pids
    marked = await lab.watermark(result.clean, ["示例餐馆", "A1"])
    assert marked.startswith(b"\xff\xd8")
    assert marked != result.clean
    assert await lab.develop(pieces_of(b"no picture")) is PhotoRefusal.NOT_A_PICTURE


async def test_the_largest_picture_fits_and_its_memory_is_bounded(lab: PhotoLab) -> None:
    largest = written(Image.new("RGBA", (8000, 8000), (9, 200, 30, 128)), "PNG", compress_level=1)
    assert len(largest) < 20 * 1024 * 1024
    result = await lab.develop(pieces_of(largest))
    assert isinstance(result, Developed)
    (pid,) = lab.pids
    limit, _ = psutil.Process(pid).rlimit(psutil.RLIMIT_AS)
    assert limit == 1536 * 1024 * 1024
    assert await lab.develop(pieces_of(png_head(60_000, 60_000))) is PhotoRefusal.TOO_MANY_PIXELS


async def test_a_process_killed_at_rest_is_replaced(lab: PhotoLab) -> None:
    await lab.develop(pieces_of(jpeg()))
    (killed,) = lab.pids
    os.kill(killed, signal.SIGKILL)
    assert isinstance(await lab.develop(pieces_of(jpeg())), Developed)
    assert killed not in lab.pids


async def test_a_process_that_dies_or_hangs_over_a_file_is_told_of() -> None:
    lab = PhotoLab(processes=1, answered_within_s=1.5)
    await lab.develop(pieces_of(jpeg()))
    (stopped,) = lab.pids
    file, asked = jpeg(2), asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield file
        os.kill(stopped, signal.SIGSTOP)
        asked.set()

    with pytest.raises(LabLost):
        await lab.develop(pieces)
    assert asked.is_set()
    assert not psutil.pid_exists(stopped)
    assert isinstance(await lab.develop(pieces_of(file)), Developed)
    await lab.close()


async def test_a_process_killed_over_a_file_is_told_of(lab: PhotoLab) -> None:
    await lab.develop(pieces_of(jpeg()))
    (killed,) = lab.pids
    file = jpeg(3)

    async def pieces() -> AsyncIterator[bytes]:
        yield file
        os.kill(killed, signal.SIGKILL)

    with pytest.raises(LabLost):
        await lab.develop(pieces)
    assert isinstance(await lab.develop(pieces_of(file)), Developed)


async def test_whoever_waits_too_long_for_a_process_is_refused() -> None:
    lab = PhotoLab(processes=1, free_within_s=0.2)
    begun, go = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        begun.set()
        await go.wait()
        yield jpeg()

    first = asyncio.create_task(lab.develop(slow))
    await begun.wait()
    with pytest.raises(TooBusy):
        await lab.watermark(b"", [])
    go.set()
    assert isinstance(await first, Developed)
    await lab.close()


async def test_the_worker_sees_no_settings(lab: PhotoLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGMA_MASTER_KEY", "not for the worker")
    await lab.develop(pieces_of(jpeg()))
    assert not [name for name in psutil.Process(lab.pids[0]).environ() if name.startswith("CHENGMA_")]
