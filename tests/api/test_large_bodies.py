"""Large bodies over HTTP: crowds without an account crowd each other, and never the staff."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import WORKERS
from tests.api.house import API, House, accepted, refused
from tests.api.passers_by import checked_house, somebody
from tests.api.phones import OCTETS, Phone
from tests.api.plate_scans import hang_plate, open_outlet, send_form
from tests.api.test_findings import dispatched, found
from tests.api.wire import Wire
from tests.photos import photo_file, sum_of
from tests.processes import Stores

MEGABYTE = 1024 * 1024
FORM = "multipart/form-data; boundary=x"
# Of 12 MiB each, which would fill 48 MiB of every process several times.
CROWD = 24
# Of 4 MiB that arrived: eight fill the room of a process, and each process gets some of them.
HOLDERS = 40
MORE_HOLDERS = 8
BUSY = 503


@pytest.fixture(scope="module")
async def house(stores: Stores, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    data_dir: Path = tmp_path_factory.mktemp("crowded") / "data"
    async with checked_house(stores, data_dir) as house:
        yield house


@pytest.fixture(scope="module")
async def code(house: House) -> str:
    admin = await house.staff("admin")
    return (await hang_plate(admin, (await open_outlet(admin))["id"]))[1]


def head(path: str, length: int, headers: Mapping[str, str]) -> bytes:
    lines = {"Host": "127.0.0.1", "Content-Length": str(length), **headers}
    begun = f"POST {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{begun}\r\n".encode()


@asynccontextmanager
async def crowd(house: House, number: int, path: str, kind: str, length: int, part: bytes = b"") -> AsyncIterator[None]:
    """Hold so many requests open, each with `part` of its body sent."""
    wires = [await Wire.to(house) for _ in range(number)]
    sending = []
    for wire in wires:
        begin = head(path, length, {**somebody(), "Content-Type": kind})
        sending.append(asyncio.create_task(wire.send(begin, part)))
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        for task, wire in zip(sending, wires, strict=True):
            task.cancel()
            wire.close()
        await asyncio.gather(*sending, return_exceptions=True)


async def staff_are_served(house: House) -> None:
    """Send photos over many connections, so that each process takes some."""
    phone = Phone(await house.staff("inspector"))
    files = [photo_file() for _ in range(8 * WORKERS)]
    for done in await asyncio.gather(*(phone.send(file) for file in files)):
        assert done["state"] in {"received", "ready"}


@pytest.mark.parametrize("kind", ["forms", "chunks"])
async def test_what_is_only_announced_takes_no_room(house: House, code: str, kind: str) -> None:
    photo = f"photos/{'a' * 64}/chunks?offset=0"
    announced = {
        "forms": (CROWD, "/o/nothing/complaint", FORM, 12 * MEGABYTE),
        "chunks": (4 * CROWD, f"{API}/{photo}", OCTETS["Content-Type"], MEGABYTE),
    }
    async with crowd(house, *announced[kind]):
        await staff_are_served(house)
        if kind == "forms":
            shown = await send_form(house, code, {"text": "附上一张现场照片，请核查。"}, photos=[photo_file()])
            assert shown.status_code == 200


async def send_without_account(house: House, code: str) -> tuple[httpx.Response, httpx.Response, httpx.Response]:
    """Send a complaint, an owner's answer and a piece of a photo that nobody has begun, all at once."""
    photo, other = photo_file(), photo_file()
    token = await dispatched(house, await found(house))
    return await asyncio.gather(
        send_form(house, code, {"text": "附上一张现场照片，请核查。"}, photos=[photo]),
        house.client.post(
            f"/r/{token}",
            data={"text": "已整改。"},
            files={"photos": ("1.jpg", photo, "image/jpeg")},
            headers=somebody(),
        ),
        house.nobody.post(
            f"/public/outlets/{code}/photos/{sum_of(other)}/chunks",
            params={"offset": 0},
            content=other,
            headers={**somebody(), **OCTETS},
        ),
    )


async def test_people_without_an_account_crowd_each_other_only(house: House, code: str) -> None:
    async with AsyncExitStack() as holding:
        number, statuses = HOLDERS, list[int]()
        # When many are sent away in the same moment, too few are left to fill the room.
        while statuses != [BUSY, BUSY, BUSY]:
            part = crowd(house, number, f"/o/{code}/complaint", FORM, 12 * MEGABYTE, bytes(4 * MEGABYTE))
            await holding.enter_async_context(part)
            answers = await send_without_account(house, code)
            number, statuses = MORE_HOLDERS, [answer.status_code for answer in answers]
        refused(answers[-1], BUSY, "too_busy")
        await staff_are_served(house)
    while BUSY in (statuses := [answer.status_code for answer in await send_without_account(house, code)]):
        pass  # those of the crowd are not all gone
    assert statuses == [200, 303, 404]


async def test_a_body_that_breaks_off_while_it_waits_leaves_no_room_taken(house: House, code: str) -> None:
    """Twice what the room holds breaks off, again and again; in the end there is room as before."""
    for _ in range(3):
        async with crowd(house, 2 * HOLDERS // 3, f"/o/{code}/complaint", FORM, 12 * MEGABYTE, bytes(4 * MEGABYTE)):
            await asyncio.sleep(0.3)
    largest = {"photos": ("1.jpg", photo_file() + bytes(7 * MEGABYTE), "image/jpeg")}

    async def send_largest() -> httpx.Response:
        return await house.client.post(f"/o/{code}/complaint", data={"text": "短"}, files=largest, headers=somebody())

    async def send_most() -> set[int]:
        """Return how all are answered who fit in together, sent so often that each process gets its turn."""
        rounds = [await asyncio.gather(*(send_largest() for _ in range(3))) for _ in range(2 * WORKERS)]
        return {answer.status_code for answers in rounds for answer in answers}

    while BUSY in (answers := await send_most()):
        pass  # those who broke off are not all gone
    assert answers == {422}
    accepted(await house.nobody.get(f"/public/outlets/{code}", headers=somebody()))
