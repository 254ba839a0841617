"""Plates over HTTP: issued, printed, replaced, revoked; and a signed list of those that are over."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import zxingcpp

from qr.keyring import PublicKeyring, VerifyKey
from qr.plate_code import read_plate_code
from qr.plate_list import Ended, read_plate_list
from server.patrols.plates import DEMO_OFFICE
from services.keys.book import KeyBook
from services.keys.model import KeyPurpose
from tests.api.house import Caller, House, accepted, refused, unique
from tests.patrol_walk import an_outlet

NOBODYS = "otl_01JD0000000000000000000000"


async def issued(admin: Caller, site_id: str, **headers: str) -> dict[str, Any]:
    answer = await admin.post("/plates", json={"site_id": site_id}, headers=headers)
    plate: dict[str, Any] = accepted(answer, 201)
    assert answer.headers["Location"] == f"/api/v1/plates/{plate['id']}"
    return plate


async def public_keys(house: House) -> PublicKeyring:
    """Return the keys of plates as any stranger may have them."""
    keys = (await house.client.get("/.well-known/jwks.json")).json()["keys"]
    ours = [key for key in keys if key["kid"].startswith("plate-")]
    raw = {int(key["kid"].removeprefix("plate-")): base64.urlsafe_b64decode(f"{key['x']}=") for key in ours}
    return PublicKeyring(verify_keys={kid: VerifyKey(kid=kid, public=public) for kid, public in raw.items()})


async def test_the_whole_life_of_a_plate(house: House) -> None:
    admin, inspector = await house.staff("admin"), await house.staff("inspector")
    site_id = house.side_venue["id"]
    first = await issued(admin, site_id)
    assert (first["state"], first["site_id"], first["site_kind"]) == ("current", site_id, "venue")
    assert first["number"].replace("-", "") == first["id"].removeprefix("plt_")
    claim = read_plate_code(first["link"], await public_keys(house))
    assert (claim.plate_id, claim.site_id) == (first["id"], site_id)

    replaced = accepted(await admin.post(f"/plates/{first['id']}/replace", json={"reason": "damaged"}), 201)
    assert accepted(await admin.get(f"/plates/{first['id']}")) == first | {
        "state": "replaced", "reason": "damaged", "replaced_by": replaced["id"], "ended_at": replaced["issued_at"],
        "link": None,
    }  # fmt: skip
    revoked = accepted(await admin.post(f"/plates/{replaced['id']}/revoke", json={"reason": "stolen"}))
    assert (revoked["state"], revoked["reason"], revoked["replaced_by"], revoked["link"]) == (
        "revoked", "stolen", None, None
    )  # fmt: skip
    for ending in ("replace", "revoke"):
        refused(await admin.post(f"/plates/{first['id']}/{ending}", json={"reason": "lost"}), 409, "plate_over")
    refused(await admin.get(f"/plates/{first['id']}/plate.pdf"), 409, "plate_over")
    listed = accepted(await admin.get("/plates", params={"site_id": site_id}))["items"]
    assert [one["id"] for one in listed if one["id"] in {first["id"], replaced["id"]}] == [replaced["id"], first["id"]]
    assert await house.events(replaced["id"]) == ["patrol.event"] * 2
    refused(await inspector.post("/plates", json={"site_id": site_id}), 403, "role_forbidden")


async def test_a_repeated_request_makes_one_plate(house: House) -> None:
    admin, key = await house.staff("admin"), unique("plate")
    headers = {"Idempotency-Key": key}
    first = await issued(admin, house.side_venue["id"], **headers)
    assert await issued(admin, house.side_venue["id"], **headers) == first
    other = {"site_id": house.venue["id"]}
    refused(await admin.post("/plates", json=other, headers=headers), 409, "idempotency_key_reused")
    ended = {"Idempotency-Key": unique("plate")}
    path = f"/plates/{first['id']}/replace"
    again = [accepted(await admin.post(path, json={"reason": "lost"}, headers=ended), 201) for _ in range(2)]
    assert again[0] == again[1]


async def test_a_printed_plate_is_read_off_the_page(house: House) -> None:
    admin = await house.staff("admin")
    plate = await issued(admin, house.side_venue["id"])
    pdf = await admin.get(f"/plates/{plate['id']}/plate.pdf")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.headers["Content-Disposition"] == f'attachment; filename="{plate["id"]}.pdf"'
    [found] = zxingcpp.read_barcodes(pypdfium2.PdfDocument(pdf.content)[0].render(scale=150 / 72).to_pil())
    assert found.text == plate["link"]
    svg = await admin.get(f"/plates/{plate['id']}/plate.svg")
    assert svg.headers["Content-Type"] == "image/svg+xml"
    assert house.side_venue["name"] in svg.text
    assert DEMO_OFFICE in svg.text
    licence = {"number": unique("示例"), "issuer": "示例发证机关", "valid_from": "2026-01-01", "valid_to": "2030-12-31"}
    outlet = await an_outlet(house, licence=licence | {"scope": "餐饮服务"})
    svg_of_outlet = await admin.get(f"/plates/{(await issued(admin, outlet['id']))['id']}/plate.svg")
    assert licence["number"] in svg_of_outlet.text
    assert (await admin.get(f"/plates/{plate['id']}/plate.pdf")).content == pdf.content


async def test_many_sites_get_their_plates_and_one_file(house: House) -> None:
    admin = await house.staff("admin")
    site_ids = [venue["id"] for venue in accepted(await admin.get("/venues", params={"limit": 12}))["items"]]
    given = accepted(await admin.post("/plates/missing", json={"site_ids": site_ids}))["items"]
    assert [plate["site_id"] for plate in given] == site_ids
    assert accepted(await admin.post("/plates/missing", json={"site_ids": site_ids}))["items"] == given
    pdf = await admin.post("/plates/print", json={"site_ids": site_ids})
    assert pdf.status_code == 200, pdf.text
    pages = pypdfium2.PdfDocument(pdf.content)
    read = [zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())[0].text for page in pages]
    assert read == [plate["link"] for plate in given]
    bare = (await an_outlet(house))["id"]
    print_all = {"site_ids": [site_ids[0], NOBODYS, bare]}
    problem = refused(await admin.post("/plates/print", json=print_all), 422, "sites_without_plate")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [
        ("site_ids[1]", "site_not_found"),
        ("site_ids[2]", "plate_missing"),
    ]
    refused(await admin.post("/plates/missing", json={"site_ids": [NOBODYS]}), 404, "site_not_found")


async def test_ended_plates_are_listed_for_phones_without_network(house: House) -> None:
    admin, inspector = await house.staff("admin"), await house.staff("inspector")
    plate = await issued(admin, house.side_venue["id"])
    accepted(await admin.post(f"/plates/{plate['id']}/revoke", json={"reason": "misused"}))
    # A list ends with a whole second.
    database = house.stores.mongo.client[house.config.mongodb.database]
    earlier = datetime.now(UTC) - timedelta(seconds=30)
    await database["plates"].update_one({"_id": plate["id"]}, {"$set": {"ended_at": earlier}})
    today = (earlier + timedelta(hours=8)).date().isoformat()
    said = accepted(await inspector.get("/plates/revoked", params={"since": today}))
    signed = base64.urlsafe_b64decode(said["signed"] + "=" * (-len(said["signed"]) % 4))
    listed = read_plate_list(signed, await public_keys(house))
    assert listed.plates[plate["id"]] is Ended.REVOKED
    assert said["count"] == len(listed.plates)
    assert said["kid"] == f"plate-{listed.kid}"
    assert datetime.fromisoformat(said["since"]) == listed.since
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    assert accepted(await inspector.get("/plates/revoked", params={"since": tomorrow}))["count"] == 0


async def test_a_scanned_plate_is_told_for_what_it_is_and_where(house: House) -> None:
    admin, inspector, venue = await house.staff("admin"), await house.staff("inspector"), house.side_venue
    plate = await issued(admin, venue["id"])

    async def scanned(text: str, **more: Any) -> dict[str, Any]:
        seen: dict[str, Any] = accepted(await inspector.post("/plates/scan", json={"text": text, **more}))
        return seen

    here = venue["position"]
    seen = await scanned(plate["link"], near=here, accuracy_m=20)
    assert (seen["verdict"], seen["plate_id"], seen["site"]["id"], seen["site"]["name"]) == (
        "current", plate["id"], venue["id"], venue["name"]
    )  # fmt: skip
    assert seen["place"] == {"distance_m": 0.0, "elsewhere": False}
    vague = await scanned(plate["link"], near=here, accuracy_m=15.5)
    assert vague["place"] == (await scanned(plate["link"], near=here, accuracy_m=-1))["place"] == seen["place"]
    photographed = await scanned(plate["link"], near={"lng": here["lng"], "lat": here["lat"] + 0.02})
    assert photographed["place"]["elsewhere"]
    assert 2000 < photographed["place"]["distance_m"] < 2500
    accepted(await admin.post(f"/plates/{plate['id']}/revoke", json={"reason": "lost"}))
    over = await scanned(f"{plate['link']}?from=wechat")
    assert (over["verdict"], over["reason"], over["place"]) == ("revoked", "lost", None)
    nobodys = await scanned(plate["link"][:-1], near=here)
    assert nobodys == dict.fromkeys(nobodys, None) | {"verdict": "forged"}


async def test_other_districts_do_not_see_a_plate(house: House) -> None:
    admin, stranger = await house.staff("admin"), await house.staff("inspector3")
    venues = accepted(await admin.get("/venues", params={"limit": 200, "district": "310101"}))["items"]
    plate = await issued(admin, venues[0]["id"])
    refused(await stranger.get(f"/plates/{plate['id']}"), 404, "plate_not_found")
    refused(await stranger.get("/plates", params={"site_id": venues[0]["id"]}), 404, "site_not_found")
    district = await house.staff("district")
    assert accepted(await district.get(f"/plates/{plate['id']}"))["id"] == plate["id"]
    elsewhere = accepted(await admin.get("/venues", params={"limit": 200, "district": "310115"}))["items"]
    refused(await district.post("/plates", json={"site_id": elsewhere[0]["id"]}), 404, "site_not_found")
    refused(await district.post("/plates/print", json={"site_ids": [elsewhere[0]["id"]]}), 422, "sites_without_plate")


async def test_what_is_not_there_is_refused(house: House) -> None:
    admin = await house.staff("admin")
    refused(await admin.post("/plates", json={"site_id": NOBODYS}), 404, "site_not_found")
    for path in ("/plates/plt_x", "/plates/plt_x/plate.pdf", "/plates/plt_x/plate.svg"):
        refused(await admin.get(path), 404, "plate_not_found")
    for ending in ("replace", "revoke"):
        refused(await admin.post(f"/plates/plt_x/{ending}", json={"reason": "lost"}), 404, "plate_not_found")
    refused(await house.nobody.get("/plates/plt_x"), 401, "token_missing")


async def test_the_server_has_a_key_of_its_own_for_plates(house: House) -> None:
    ring = KeyBook(await house.stores.keys.load()).keyring(KeyPurpose.PLATE_SIGNING)
    published = await public_keys(house)
    assert {kid: key.public for kid, key in ring.verify_keys.items()} == {
        kid: key.public for kid, key in published.verify_keys.items()
    }
    seen = json.dumps((await house.client.get("/.well-known/jwks.json")).json()["keys"])
    assert seen.count(base64.urlsafe_b64encode(ring.active.public).decode().rstrip("=")) == 1
