"""A citizen's companions over HTTP, and parties that name them."""

from typing import Any

import pytest

from tests.api.house import Caller, House, accepted, refused, unique, visitor


async def kept(citizen: Caller, **changes: Any) -> dict[str, Any]:
    companion: dict[str, Any] = accepted(await citizen.post("/me/companions", json=visitor(**changes)), 201)
    return companion


async def test_a_companion_is_kept_listed_and_deleted(house: House) -> None:
    citizen, other = await house.citizen(), await house.citizen()
    first = await kept(citizen, id_number="E87654321")
    assert (first["name"], first["id_type"], first["id_number"]) == ("示***", "passport", "*****4321")
    second = await kept(citizen, name="O'Brien-Smith, J. Example", id_type="hk_macao_permit", id_number="HA1234567")
    assert accepted(await citizen.get("/me/companions"))["items"] == [second, first]
    assert accepted(await other.get("/me/companions"))["items"] == []
    path = f"/me/companions/{first['id']}/delete"
    refused(await other.post(path), 404, "companion_not_found")
    assert (await citizen.post(path)).status_code == 204
    refused(await citizen.post(path), 404, "companion_not_found")
    assert accepted(await citizen.get("/me/companions"))["items"] == [second]


async def test_nothing_of_a_companion_lies_in_the_clear(house: House) -> None:
    citizen = await house.citizen()
    companion = await kept(citizen, name="示例访客", id_number="E55555555")
    database = house.stores.mongo.client[house.config.mongodb.database]
    document = await database["companions"].find_one(
        {"citizen_id": citizen.tokens["actor"]["id"], "_id": companion["id"]}
    )
    assert document is not None
    assert b"E55555555" not in document["identity"]
    assert "E55555555" not in str(document)
    assert "示例" not in str(document)


async def test_a_party_may_name_companions(house: House) -> None:
    citizen, slot_id = await house.citizen(), house.later_slot()
    companion = await kept(citizen, id_number="E66666666")
    party = [{"companion_id": companion["id"]}, visitor(name="Example Visitor", minor=False)]
    booked = await citizen.book(slot_id, party)
    detail = accepted(await citizen.get(f"/reservations/{booked['id']}"))
    assert detail["visitors"][0] == {name: companion[name] for name in ("name", "id_type", "id_number")}
    answer = await citizen.post(
        "/reservations", json={"slot_id": slot_id, "visitors": [visitor(id_number="E66666666")]}
    )
    refused(answer, 409, "visitor_already_booked")
    accepted(await citizen.post(f"/reservations/{booked['id']}/cancel"))


async def test_a_party_of_the_same_person_in_both_forms_is_refused(house: House) -> None:
    citizen = await house.citizen()
    companion = await kept(citizen, id_number="E77777777")
    party = [visitor(id_number="e77777777"), {"companion_id": companion["id"]}]
    answer = await citizen.post("/reservations", json={"slot_id": house.later_slot(), "visitors": party})
    problem = refused(answer, 422, "party_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("visitors[1].id_number", "duplicate")]


async def test_companions_of_others_cannot_be_booked_for(house: House) -> None:
    citizen, other, slot_id = await house.citizen(), await house.citizen(), house.later_slot()
    theirs = await kept(other)
    places = await house.places_left(slot_id)
    wish = {"slot_id": slot_id, "visitors": [visitor(), {"companion_id": theirs["id"]}]}
    problem = refused(await citizen.post("/reservations", json=wish), 422, "companion_unknown")
    assert [one["path"] for one in problem["errors"]] == ["visitors[1].companion_id"]
    assert await house.places_left(slot_id) == places


@pytest.mark.parametrize(
    ("member", "faults"),
    [
        (
            {"companion_id": "cpn_01JD0000000000000000000000"} | visitor(),
            {(f"visitors[0].{name}", "beside_companion") for name in ("name", "id_type", "id_number")},
        ),
        ({"companion_id": "x"}, {("visitors[0].companion_id", "invalid_format")}),
        ({"companion_id": None}, {("visitors[0].companion_id", "null")}),
        (
            {"companion_id": "cpn_01JD0000000000000000000000", "surprise": 1},
            {("visitors[0].surprise", "unknown_field")},
        ),
        ({"minor": True}, {(f"visitors[0].{name}", "required") for name in ("name", "id_type", "id_number")}),
        (visitor(minor="yes"), {("visitors[0].minor", "wrong_type")}),
    ],
)
async def test_a_member_of_a_party_has_just_one_form(
    house: House, member: dict[str, Any], faults: set[tuple[str, str]]
) -> None:
    citizen = await house.citizen()
    answer = await citizen.post("/reservations", json={"slot_id": house.later_slot(), "visitors": [member]})
    problem = refused(answer, 422, "fields_invalid")
    assert {(one["path"], one["code"]) for one in problem["errors"]} == faults


async def test_a_document_is_kept_once(house: House) -> None:
    citizen, person = await house.citizen(), visitor()
    companion = await kept(citizen, **person)
    problem = refused(
        await citizen.post("/me/companions", json=person | {"name": "Another Name"}), 409, "companion_known"
    )
    assert problem["companion_id"] == companion["id"]


async def test_the_list_has_an_end(house: House) -> None:
    citizen = await house.citizen()
    for _ in range(20):
        await kept(citizen)
    refused(await citizen.post("/me/companions", json=visitor()), 409, "companions_full")


async def test_a_repeated_request_keeps_nobody_twice(house: House) -> None:
    citizen, person, key = await house.citizen(), visitor(), {"Idempotency-Key": unique("companion")}
    first = accepted(await citizen.post("/me/companions", json=person, headers=key), 201)
    assert accepted(await citizen.post("/me/companions", json=person, headers=key), 201) == first
    refused(await citizen.post("/me/companions", json=visitor(), headers=key), 409, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("id_type", "number", "code"),
    [
        ("resident_id", "110105194912310021", "invalid_checksum"),
        ("hk_macao_permit", "E12345678", "hk_macao_permit_malformed"),
        ("taiwan_permit", "1234567", "taiwan_permit_malformed"),
        ("foreign_resident_id", "911156199003071230", "foreign_resident_id_malformed"),
        ("hk_macao_taiwan_residence", "810000199003070010", "residence_permit_malformed"),
        ("passport", "ABCDEFG", "passport_malformed"),
    ],
)
async def test_a_number_has_the_form_of_its_document(house: House, id_type: str, number: str, code: str) -> None:
    citizen = await house.citizen()
    person = visitor(id_type=id_type, id_number=number)
    problem = refused(await citizen.post("/me/companions", json=person), 422, "companion_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("id_number", code)]
    answer = await citizen.post("/reservations", json={"slot_id": house.later_slot(), "visitors": [person]})
    problem = refused(answer, 422, "party_refused")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [("visitors[0].id_number", code)]
