"""Item types over HTTP: who may write and use them, what a schema may say, and changes that do not overwrite others."""

from typing import Any

import pytest

from tests.api.house import Caller, House, accepted, refused, unique

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"material": {"type": "string", "title": "材质"}, "height_cm": {"type": "number", "minimum": 0}},
    "required": ["material"],
}
ITEM_TYPE: dict[str, Any] = {
    "name": "示例物品",
    "name_en": "Example item",
    "attributes_schema": SCHEMA,
    "public_attributes": ["material"],
    "label": {"layout": "a4-70", "title": "示例物品"},
    "required_inspections": [{"name": "防火检查", "every_days": 90}],
}
DISTRICT = {"level": "district", "id": "310101"}


async def create(person: Caller, **changes: Any) -> dict[str, Any]:
    return dict(accepted(await person.post("/item-types", json=ITEM_TYPE | changes), 201))


async def test_a_type_comes_back_as_it_was_written(house: House) -> None:
    admin = await house.staff("admin")
    answer = await admin.post("/item-types", json=ITEM_TYPE)
    made = accepted(answer, 201)
    assert answer.headers["Location"] == f"/api/v1/item-types/{made['id']}"
    assert made["owner"] == {"level": "city", "id": "310000"}
    assert made["version"] == 1
    written = ITEM_TYPE | {"attributes_schema": SCHEMA | {"additionalProperties": False}}
    assert {name: made[name] for name in written} == written
    assert accepted(await admin.get(f"/item-types/{made['id']}")) == made


async def test_the_same_request_again_has_the_first_answer(house: House) -> None:
    admin, key = await house.staff("admin"), {"Idempotency-Key": unique("type")}
    name = unique("示例")
    first = accepted(await admin.post("/item-types", json=ITEM_TYPE | {"name": name}, headers=key), 201)
    changed = {**ITEM_TYPE, "name": name, "name_en": "Changed", "version": 1}
    accepted(await admin.post(f"/item-types/{first['id']}", json=changed))
    assert accepted(await admin.post("/item-types", json=ITEM_TYPE | {"name": name}, headers=key), 201) == first
    refused(await admin.post("/item-types", json=ITEM_TYPE, headers=key), 409, "idempotency_key_reused")
    listed = accepted(await admin.get("/item-types", params={"q": name}))["items"]
    assert [one["id"] for one in listed] == [first["id"]]


async def test_a_change_overwrites_nobody_elses(house: House) -> None:
    admin = await house.staff("admin")
    made = await create(admin)
    changed = accepted(await admin.post(f"/item-types/{made['id']}", json=ITEM_TYPE | {"name": "新名", "version": 1}))
    assert (changed["name"], changed["version"]) == ("新名", 2)
    late = await admin.post(f"/item-types/{made['id']}", json=ITEM_TYPE | {"name": "迟到", "version": 1})
    refused(late, 409, "type_changed")
    assert accepted(await admin.get(f"/item-types/{made['id']}")) == changed


async def test_a_type_of_the_city_is_used_but_not_changed_below_it(house: House) -> None:
    admin, district, manager = [await house.staff(name) for name in ("admin", "district", "manager")]
    made = await create(admin)
    for person in (district, manager, await house.staff("auditor"), await house.staff("inspector")):
        assert accepted(await person.get(f"/item-types/{made['id']}")) == made
    change = ITEM_TYPE | {"version": 1}
    refused(await district.post(f"/item-types/{made['id']}", json=change), 403, "type_not_yours")
    refused(await manager.post(f"/item-types/{made['id']}", json=change), 403, "role_forbidden")
    refused(await manager.post("/item-types", json=ITEM_TYPE), 403, "role_forbidden")


async def test_a_type_of_another_district_does_not_exist(house: House) -> None:
    admin, district = await house.staff("admin"), await house.staff("district")
    name = unique("示例")
    made = await create(admin, owner={"level": "district", "id": "310104"}, name=name)
    refused(await district.get(f"/item-types/{made['id']}"), 404, "item_type_not_found")
    refused(
        await district.post(f"/item-types/{made['id']}", json=ITEM_TYPE | {"version": 1}), 404, "item_type_not_found"
    )
    assert accepted(await district.get("/item-types", params={"q": name}))["items"] == []
    foreign = await district.post("/item-types", json=ITEM_TYPE | {"owner": {"level": "district", "id": "310104"}})
    refused(foreign, 404, "owner_not_found")
    own = accepted(await district.post("/item-types", json=ITEM_TYPE | {"name": name}), 201)
    assert own["owner"] == DISTRICT
    assert len(accepted(await admin.get("/item-types", params={"q": name}))["items"]) == 2


async def test_types_are_listed_by_name_in_pages(house: House) -> None:
    admin, word = await house.staff("admin"), unique("示例")
    for letter in "CABED":
        await create(admin, name=f"{letter} {word}")
    names, after = [], None
    while True:
        asked = {"q": f"{word.upper()}", "limit": "2"} | ({} if after is None else {"after": after})
        page = accepted(await admin.get("/item-types", params=asked))
        names += [one["name"][0] for one in page["items"]]
        if (after := page["next"]) is None:
            break
    assert names == list("ABCDE")
    refused(await admin.get("/item-types", params={"after": "x"}), 422, "cursor_invalid")


PROPERTIES = "attributes_schema.properties"


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"attributes_schema": {"type": "array"}}, "attributes_schema.type", "not_allowed"),
        ({"attributes_schema": {}}, "attributes_schema.type", "not_allowed"),
        (
            {"attributes_schema": {"type": "object", "additionalProperties": True}},
            "attributes_schema.additionalProperties",
            "not_allowed",
        ),
        ({"attributes_schema": {"type": "object", "properties": {"A": {}}}}, f"{PROPERTIES}.A", "invalid_format"),
        (
            {"attributes_schema": {"type": "object", "properties": {"a": {"type": "objct"}}}},
            f"{PROPERTIES}.a.type",
            "schema_invalid",
        ),
        (
            {"attributes_schema": {"type": "object", "properties": {"a": {"pattern": "(?=x)"}}}},
            f"{PROPERTIES}.a.pattern",
            "schema_invalid",
        ),
        (
            {"attributes_schema": {"type": "object", "properties": {"a": {"$ref": "https://example.org/a"}}}},
            f"{PROPERTIES}.a.$ref",
            "keyword_refused",
        ),
        (
            {"attributes_schema": {"type": "object", "properties": {"a": {"anyOf": [{}, {"$dynamicRef": "#b"}]}}}},
            f"{PROPERTIES}.a.anyOf[1].$dynamicRef",
            "keyword_refused",
        ),
        (
            {"attributes_schema": {"type": "object", "properties": {"holder_name": {}}}},
            f"{PROPERTIES}.holder_name",
            "personal_attribute",
        ),
        (
            {"attributes_schema": {"type": "object", "properties": {"extra": {"title": "宗教信仰"}}}},
            f"{PROPERTIES}.extra",
            "personal_attribute",
        ),
        (
            {"attributes_schema": {"type": "object", "properties": {f"p{n}": {} for n in range(51)}}},
            PROPERTIES,
            "too_long",
        ),
        (
            {"attributes_schema": {"type": "object", "properties": {"a": {"enum": ["x" * 20_000]}}}},
            "attributes_schema",
            "too_long",
        ),
        (
            {
                "attributes_schema": {
                    "type": "object",
                    "properties": {"a": {"items": {"items": {"items": {"items": {"items": {"items": {}}}}}}}},
                }
            },
            "attributes_schema",
            "too_deep",
        ),
        ({"label": {"layout": "a4-71", "title": "示例"}}, "label.layout", "not_allowed"),
        ({"public_attributes": ["weight"]}, "public_attributes[0]", "not_a_property"),
        ({"public_attributes": ["material", "material"]}, "public_attributes[1]", "named_twice"),
        (
            {"required_inspections": [{"name": "甲", "every_days": 1}, {"name": "甲", "every_days": 2}]},
            "required_inspections[1].name",
            "named_twice",
        ),
    ],
)
async def test_a_fault_is_named(house: House, change: dict[str, Any], path: str, code: str) -> None:
    admin = await house.staff("admin")
    body = {**ITEM_TYPE, "public_attributes": [], **change}
    if "public_attributes" in change:
        body["attributes_schema"] = SCHEMA
    problem = refused(await admin.post("/item-types", json=body), 422, "item_type_invalid")
    assert [(error["path"], error["code"]) for error in problem["errors"]] == [(path, code)]
    made = await create(admin)
    again = await admin.post(f"/item-types/{made['id']}", json=body | {"version": 1})
    assert refused(again, 422, "item_type_invalid")["errors"] == problem["errors"]


async def test_a_schema_comes_back_with_whatever_names_and_numbers_it_has(house: House) -> None:
    admin = await house.staff("admin")
    schema = {"type": "object", "properties": {"a": {"maximum": 10**30, "default": {"$odd.": "\u0000"}}}}
    made = await create(admin, attributes_schema=schema, public_attributes=[])
    assert made["attributes_schema"] == schema | {"additionalProperties": False}
    assert accepted(await admin.get(f"/item-types/{made['id']}")) == made
