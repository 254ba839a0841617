"""The staffed window over HTTP, and its slips at the gate."""

from typing import Any

import pypdfium2
import pytest
import zxingcpp

from tests.api.house import Caller, House, accepted, party, refused, unique, visitor
from tests.api.test_groups import LATER, NOW, open_slot


@pytest.fixture(scope="module")
async def gate(house: House) -> Caller:
    return await house.staff("gate")


def at_window(house: House) -> str:
    return f"/venues/{house.venue['id']}/assisted-bookings"


async def booked(house: House, staff: Caller, slot_id: str, *people: dict[str, Any], **headers: str) -> dict[str, Any]:
    wish = {"slot_id": slot_id, "visitors": list(people) or party(1)}
    answer: dict[str, Any] = accepted(await staff.post(at_window(house), json=wish, headers=headers), 201)
    return answer


async def slip_of(house: House, staff: Caller, reservation_id: str) -> str:
    """Print a slip, and return what its one code says."""
    answer = await staff.get(f"{at_window(house)}/{reservation_id}/slip.pdf")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    pdf = pypdfium2.PdfDocument(answer.content)
    assert len(pdf) == 1
    [code] = zxingcpp.read_barcodes(pdf[0].render(scale=2).to_pil())
    return str(code.text)


async def test_an_elder_books_at_the_window_and_enters_with_paper(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=NOW, assisted=5, individual=5)
    made = await booked(house, gate, slot_id, visitor(id_number="E99995678"), visitor(id_number="AB12CD34"))
    assert (made["channel"], made["party_size"], made["visitors"][0]["name"]) == ("assisted", 2, "示***")
    code = await slip_of(house, gate, made["id"])
    entrance = house.entrances[0]
    nonce = unique("slip")
    refused(await gate.scan(entrance, code, nonce=nonce), 422, "document_tail_needed")
    refused(await gate.scan(entrance, code, nonce=nonce, document_tail="0000"), 409, "document_tail_wrong")
    scan = accepted(await gate.scan(entrance, code, nonce=nonce, document_tail="cd34", count=1))
    assert (scan["decision"], scan["admitted_now"], scan["party_size"]) == ("admitted", 1, 2)
    assert accepted(await gate.scan(entrance, code, nonce=nonce, document_tail="CD34", count=1)) == scan
    scan = accepted(await gate.scan(entrance, code, document_tail="5678"))
    assert (scan["decision"], scan["admitted_count"]) == ("admitted", 2)
    scan = accepted(await gate.scan(entrance, code, document_tail="5678"))
    assert (scan["decision"], scan["reason"]) == ("refused", "already_admitted")
    cancel = f"{at_window(house)}/{made['id']}/cancel"
    refused(await gate.post(cancel), 409, "visit_begun")


async def test_a_slip_cannot_be_guessed_through(house: House, gate: Caller) -> None:
    made = await booked(house, gate, await open_slot(house, starts_in=NOW, assisted=5), visitor(id_number="E99995678"))
    code = await slip_of(house, gate, made["id"])
    for guess in range(5):
        answer = await gate.scan(house.entrances[guess % 2], code, document_tail=f"{guess:04}")
        refused(answer, 409, "document_tail_wrong")
    problem = await gate.scan(house.entrances[0], code, document_tail="5678")
    refused(problem, 429, "document_tail_tries")
    assert 0 < int(problem.headers["Retry-After"]) <= 601


async def test_a_slip_is_judged_before_a_document_is_asked_for(house: House, gate: Caller) -> None:
    made = await booked(house, gate, await open_slot(house, starts_in=LATER, assisted=5))
    code = await slip_of(house, gate, made["id"])
    assert accepted(await gate.scan(house.entrances[0], code))["reason"] == "too_early"
    assert accepted(await gate.scan(house.exit, code))["reason"] == "wrong_gate"
    accepted(await gate.post(f"{at_window(house)}/{made['id']}/cancel"))
    refused(await gate.get(f"{at_window(house)}/{made['id']}/slip.pdf"), 409, "reservation_cancelled")


async def test_a_cancelled_slip_opens_nothing(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=NOW, assisted=5)
    made = await booked(house, gate, slot_id, visitor(id_number="E99995678"))
    code = await slip_of(house, gate, made["id"])
    cancelled = accepted(await gate.post(f"{at_window(house)}/{made['id']}/cancel"))
    assert cancelled["status"] == "cancelled"
    scan = accepted(await gate.scan(house.entrances[0], code, document_tail="5678"))
    assert (scan["decision"], scan["reason"]) == ("refused", "cancelled")


async def test_screen_codes_need_no_document(house: House, gate: Caller) -> None:
    citizen = await house.citizen()
    made = await citizen.book(await open_slot(house, starts_in=NOW, individual=5), party(1))
    code = await citizen.code_of(made["id"])
    scan = accepted(await gate.scan(house.entrances[0], code, document_tail="0000"))
    assert scan["decision"] == "admitted"


async def test_a_day_of_the_window_is_listed_masked(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, starts_in=LATER, assisted=9)
    key = unique("window")
    people = party(2)
    made = await booked(house, gate, slot_id, *people, **{"Idempotency-Key": key})
    assert await booked(house, gate, slot_id, *people, **{"Idempotency-Key": key}) == made
    other = await booked(house, gate, slot_id)
    on = {"on": made["starts_at"][:10], "limit": 200}
    page = accepted(await gate.get(at_window(house), params=on))
    shown = [one for one in page["items"] if one["slot_id"] == slot_id]
    assert [one["id"] for one in shown] == [made["id"], other["id"]]
    assert shown[0] == made
    assert people[0]["id_number"] not in str(page)
    assert accepted(await gate.get(at_window(house), params={"on": "2026-01-01"}))["items"] == []


async def test_the_window_is_for_staff_of_the_venue(house: House, gate: Caller) -> None:
    slot_id = await open_slot(house, assisted=5)
    made = await booked(house, gate, slot_id)
    wish = {"slot_id": slot_id, "visitors": party(1)}
    elsewhere = f"/venues/{house.side_venue['id']}/assisted-bookings"
    refused(await gate.post(elsewhere, json=wish), 404, "venue_not_found")
    refused(await gate.get(f"{elsewhere}/{made['id']}/slip.pdf"), 404, "venue_not_found")
    citizen, admin = await house.citizen(), await house.staff("admin")
    refused(await citizen.post(at_window(house), json=wish), 403, "role_forbidden")
    refused(await (await house.staff("auditor")).get(at_window(house)), 403, "role_forbidden")
    refused(await admin.post(f"{elsewhere}/{made['id']}/cancel"), 404, "reservation_not_found")
    refused(await admin.post(elsewhere, json=wish), 404, "slot_not_found")
    own = await citizen.book(await open_slot(house, individual=5), party(1))
    refused(await gate.post(f"{at_window(house)}/{own['id']}/cancel"), 404, "reservation_not_found")
    refused(await gate.get(f"{at_window(house)}/{own['id']}/slip.pdf"), 404, "reservation_not_found")
    companion = {"slot_id": slot_id, "visitors": [{"companion_id": "cpn_01JD0000000000000000000000"}]}
    refused(await gate.post(at_window(house), json=companion), 422, "fields_invalid")
