"""The entry code as a phone gets it, shows it and draws it anew without network."""

from datetime import timedelta
from io import BytesIO

import zxingcpp
from PIL import Image

from tests.api.codes import present_step, redraw
from tests.api.house import Caller, House, accepted, instant, party, refused


async def booked_now(house: House, size: int = 2) -> tuple[Caller, dict[str, object]]:
    citizen = await house.citizen()
    return citizen, await citizen.book((await house.running_slot())["id"], party(size))


async def test_a_code_says_when_it_opens_and_how_it_moves(house: House) -> None:
    citizen, booked = await booked_now(house)
    issued = accepted(await citizen.get(f"/reservations/{booked['id']}/entry-code"))
    assert set(issued) == {"code", "rotates_every_s", "rotation_key", "valid_from", "valid_until"}
    assert issued["rotates_every_s"] == 15
    assert instant(issued["valid_from"]) == instant(str(booked["starts_at"])) - timedelta(minutes=30)
    assert instant(issued["valid_until"]) == instant(str(booked["ends_at"])) + timedelta(minutes=15)
    assert issued["code"].startswith("CC1:")
    assert len(issued["code"]) <= 178


async def test_what_the_phone_redraws_is_what_the_server_draws(house: House) -> None:
    citizen, booked = await booked_now(house)
    path = f"/reservations/{booked['id']}/entry-code"
    issued = accepted(await citizen.get(path))
    while True:
        step = present_step()
        drawn = accepted(await citizen.get(path))["code"]
        if step == present_step():
            break
    assert redraw(issued, step) == drawn
    assert redraw(issued, step + 1) != drawn


async def test_a_redrawn_code_opens_the_gate_one_step_around_now(house: House) -> None:
    gate = await house.staff("gate")
    citizen, booked = await booked_now(house, 3)
    issued = accepted(await citizen.get(f"/reservations/{booked['id']}/entry-code"))
    for entered, drift in enumerate((-1, 0, 1), start=1):
        while True:
            step = present_step()
            answer = await gate.scan(house.entrances[0], redraw(issued, step + drift), count=1)
            if step == present_step() or accepted(answer)["decision"] == "admitted":
                break
        assert accepted(answer)["admitted_count"] == entered


async def test_the_picture_reads_as_a_code_that_opens_the_gate(house: House) -> None:
    citizen, booked = await booked_now(house)
    answer = await citizen.get(f"/reservations/{booked['id']}/entry-code.png")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Cache-Control"] == "no-store"
    read = zxingcpp.read_barcodes(Image.open(BytesIO(answer.content)))
    assert len(read) == 1
    scan = accepted(await (await house.staff("gate")).scan(house.entrances[0], read[0].text))
    assert (scan["decision"], scan["reservation_id"]) == ("admitted", booked["id"])


async def test_codes_of_later_visits_are_there_at_once(house: House) -> None:
    citizen = await house.citizen()
    booked = await citizen.book(house.later_slot(), party(1))
    assert (await citizen.code_of(booked["id"])).startswith("CC1:")


async def test_the_last_entry_ends_booking_and_the_code(house: House) -> None:
    citizen = await house.citizen()
    minute = timedelta(minutes=1)
    slot_id = await house.add_slot(starts_in=-60 * minute, lasts=180 * minute, last_entry_in=30 * minute)
    booked = await citizen.book(slot_id, party(1))
    code = accepted(await citizen.get(f"/reservations/{booked['id']}/entry-code"))
    assert instant(code["valid_until"]) == instant(booked["last_entry_at"]) + 15 * minute
    assert instant(booked["last_entry_at"]) == instant(booked["ends_at"]) - 90 * minute
    late = await house.add_slot(starts_in=-60 * minute, lasts=180 * minute, last_entry_in=-minute)
    wish = {"slot_id": late, "visitors": party(1)}
    refused(await citizen.post("/reservations", json=wish), 409, "slot_ended")
