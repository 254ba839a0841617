"""Photos over HTTP: sent in pieces by several phones, cut off, refused, shown."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from tornado.iostream import IOStream
from tornado.tcpclient import TCPClient

from tests.api.house import API, House, accepted, refused
from tests.api.phones import OCTETS, Phone
from tests.photos import SMALL, heic, jpeg, large_jpeg, photo_file, png_head, sum_of, zip_bomb

WITHIN_S = 30


async def settled(house: House, name: str) -> Mapping[str, Any]:
    """Return the photo when its pictures are made, or it is refused."""
    viewer = await house.staff("auditor")
    async with asyncio.timeout(WITHIN_S):
        while True:
            photo: Mapping[str, Any] = accepted(await viewer.get(f"/photos/{name}"))
            if photo["state"] != "received":
                return photo
            await asyncio.sleep(0.05)


async def test_a_photo_is_sent_and_seen(house: House) -> None:
    phone, file = Phone(await house.staff("inspector")), large_jpeg(1)
    assert len(file) > 1024 * 1024
    assert await phone.begin(file) == {"state": "receiving", "received": 0}
    assert (await phone.send(file))["state"] in {"received", "ready"}
    photo = await settled(house, sum_of(file))
    assert photo == {
        "id": sum_of(file),
        "state": "ready",
        "received": len(file),
        "size": len(file),
        "media_type": "image/jpeg",
        "width": 1100,
        "height": 1000,
        "refusal": None,
        "wanted": False,
    }
    assert await phone.begin(file) == {"state": "ready", "received": len(file)}
    assert await house.count("photo_pieces", photo_id=sum_of(file)) == 0


async def test_a_photo_goes_on_where_it_was_cut_off(house: House) -> None:
    caller = await house.staff("inspector")
    phone, file = Phone(caller), photo_file()
    name = sum_of(file)
    await phone.begin(file)
    accepted(await phone.chunk(name, 0, file[:SMALL]))
    for cut in (0, 1, 1000, SMALL - 1):
        await cut_off(house, caller.headers, name, SMALL, file[SMALL : 2 * SMALL], cut)
    assert await phone.begin(file) == {"state": "receiving", "received": SMALL}
    problem = refused(await phone.chunk(name, SMALL + 1, file[SMALL + 1 :]), 409, "chunk_out_of_place")
    assert problem["received"] == SMALL
    assert accepted(await phone.chunk(name, 0, file[:SMALL])) == {"state": "receiving", "received": SMALL}
    await phone.send(file, chunk=SMALL)
    assert (await settled(house, name))["state"] == "ready"


async def cut_off(house: House, headers: Mapping[str, str], name: str, offset: int, chunk: bytes, cut: int) -> None:
    """Send the head of a request and `cut` bytes of its body, then hang up."""
    lines = {**headers, **OCTETS, "Host": "127.0.0.1", "Content-Length": str(len(chunk))}
    head = f"POST {API}/photos/{name}/chunks?offset={offset} HTTP/1.1\r\n"
    head += "".join(f"{key}: {value}\r\n" for key, value in lines.items()) + "\r\n"
    stream: IOStream = await TCPClient().connect("127.0.0.1", house.server.port)
    await stream.write(head.encode() + chunk[:cut])
    await asyncio.sleep(0.05)
    stream.close()


async def test_ten_phones_send_the_same_photo(house: House) -> None:
    file = large_jpeg(2)
    names = ("inspector", "inspector2", "inspector3", "district", "manager")
    callers = [await house.staff(name) for name in names]
    ends = await asyncio.gather(
        *(Phone(caller).send(file, chunk=200_000 + 10_000 * at) for at, caller in enumerate(callers * 2))
    )
    assert {end["state"] for end in ends} <= {"received", "ready"}
    assert (await settled(house, sum_of(file)))["state"] == "ready"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (zip_bomb(), "not_a_picture"),
        (png_head(50_000, 50_000), "too_many_pixels"),
        (jpeg(5)[:-3000], "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type_unsupported"),
    ],
    ids=["zip", "bomb", "truncated", "svg"],
)
async def test_a_file_that_is_no_photo_is_refused_with_its_reason(house: House, file: bytes, reason: str) -> None:
    phone = Phone(await house.staff("inspector"))
    assert (await phone.send(file))["state"] in {"received", "refused"}
    photo = await settled(house, sum_of(file))
    assert (photo["state"], photo["refusal"], photo["media_type"]) == ("refused", reason, None)
    assert (await phone.begin(file))["state"] == "refused"


async def test_a_heic_file_is_taken(house: House) -> None:
    file = heic(330, 250)
    await Phone(await house.staff("inspector")).send(file)
    photo = await settled(house, sum_of(file))
    assert (photo["state"], photo["media_type"], photo["width"]) == ("ready", "image/heic", 330)


async def test_what_does_not_fit_its_name_is_discarded(house: House) -> None:
    phone, file = Phone(await house.staff("inspector")), photo_file()
    name = sum_of(file)
    await phone.begin(file)
    refused(await phone.chunk(name, 0, bytes(len(file))), 422, "photo_sum_mismatch")
    assert await phone.begin(file) == {"state": "receiving", "received": 0}
    await phone.send(file)
    assert (await settled(house, name))["state"] == "ready"


async def test_chunks_are_bounded(house: House) -> None:
    phone, file = Phone(await house.staff("inspector")), large_jpeg(3)
    name = sum_of(file)
    await phone.begin(file)
    refused(await phone.chunk(name, 0, file[: 1024 * 1024 + 1]), 413, "body_too_large")
    problem = refused(await phone.chunk(name, 0, file[:100]), 422, "chunk_unfit")
    assert problem["errors"][0]["detail"] == "应在 16384 到 1048576 之间"
    refused(await phone.chunk(name, 0, b""), 422, "chunk_unfit")
    answer = await phone.caller.post(f"/photos/{name}/chunks?offset=0", json={})
    refused(answer, 415, "media_type_unsupported")
    for offset in ("-1", "x", "99999999999"):
        refused(
            await phone.caller.post(f"/photos/{name}/chunks?offset={offset}", content=b"x", headers=OCTETS),
            422,
            "fields_invalid",
        )


async def test_nobody_else_may_send_and_nothing_else_is_there(house: House) -> None:
    file = jpeg(6)
    name = sum_of(file)
    wish = json.dumps({"sha256": name, "size": len(file)})
    for caller in (await house.citizen(), await house.staff("gate"), await house.staff("auditor")):
        refused(await caller.post("/photos", content=wish), 403, "role_forbidden")
        refused(await Phone(caller).chunk(name, 0, file), 403, "role_forbidden")
    refused(await house.nobody.post("/photos", content=wish), 401, "token_missing")
    inspector = await house.staff("inspector")
    for missing in (name, "x", "F" * 64):
        refused(await inspector.get(f"/photos/{missing}"), 404, "photo_not_found")
        refused(await Phone(inspector).chunk(missing, 0, file), 404, "photo_not_found")
