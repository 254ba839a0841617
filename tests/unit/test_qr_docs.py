"""The page for developers of phones and turnstiles says what the code does."""

import hmac
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import nacl.signing
from ulid import ULID

from qr.entry_code import (
    EntryForm,
    EntryPass,
    SignedPass,
    paper_code,
    screen_code,
    sign_entry_pass,
    venue_tag,
    verify_entry_code,
)
from qr.gate_keys import rotation_key, venue_day, venue_day_key
from qr.item_code import ItemKeyring, ItemNumber, batch_id_of, make_item_code, read_item_code, readable
from qr.keyring import Keyring, SigningKey, VerifyKey
from qr.labels import LAYOUTS
from qr.links import item_link, plate_link
from qr.plate_code import PlateClaim, make_plate_code, read_plate_code
from qr.plate_layout import Face, module_side, plate_matrix, plate_number
from qr.plate_list import Ended, PlateList, sign_plate_list

PAGE = (Path(__file__).parents[2] / "docs" / "codes.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return str(found[0])


def example(language: str = "example") -> dict[str, str]:
    return dict(line.split(": ", 1) for line in block(language).splitlines())


def keyring(said: dict[str, str]) -> Keyring:
    key = SigningKey(kid=int(said["kid"]), seed=bytes.fromhex(said["signing seed"]))
    public = VerifyKey(kid=key.kid, public=bytes.fromhex(said["public key"]))
    return Keyring(active=key, verify_keys={key.kid: public})


def entry_pass(said: dict[str, str], form: EntryForm) -> EntryPass:
    return EntryPass(
        form=form,
        kid=int(said["kid"]),
        reservation_id=said["reservation id"],
        venue_tag=bytes.fromhex(said["venue tag"]),
        starts_at=datetime.fromisoformat(said["starts_at"]),
        ends_at=datetime.fromisoformat(said["ends_at"]),
        party_size=int(said["party size"]),
    )


def test_the_example_is_what_the_keys_and_the_pass_give() -> None:
    said = example()
    ring = keyring(said)
    signed = sign_entry_pass(entry_pass(said, EntryForm.SCREEN), ring)
    tag = venue_tag(said["venue id"])
    day = venue_day(datetime.fromisoformat(said["starts_at"]))
    day_key = venue_day_key(bytes.fromhex(said["gate master key"]), tag, day)
    key = rotation_key(day_key, said["reservation id"])
    drawn_at, redrawn_at = (datetime.fromisoformat(said[name]) for name in ("drawn at", "redrawn at"))
    computed = {
        "public key": ring.active.public.hex(),
        "venue tag": tag.hex(),
        "payload": signed.payload.hex(),
        "signature": signed.signature.hex(),
        "day": day.isoformat(),
        "venue-day key": day_key.hex(),
        "rotation key": key.hex(),
        "step": str(int(drawn_at.timestamp()) // 15),
        "code": screen_code(signed, key, drawn_at),
        "redrawn code": screen_code(signed, key, redrawn_at),
        "paper code": paper_code(sign_entry_pass(entry_pass(said, EntryForm.PAPER), ring)),
    }
    assert {name: said[name] for name in computed} == computed


def test_the_examples_codes_pass_the_gate_when_they_were_drawn() -> None:
    said = example()
    day_key = bytes.fromhex(said["venue-day key"])
    for code, at in (("code", "drawn at"), ("redrawn code", "redrawn at"), ("paper code", "drawn at")):
        verified = verify_entry_code(
            said[code],
            keyring=keyring(said),
            venue_day_key_for=lambda _tag, _day: day_key,
            now=datetime.fromisoformat(said[at]),
        )
        form = EntryForm.PAPER if code == "paper code" else EntryForm.SCREEN
        assert verified == entry_pass(said, form)


def test_the_phones_snippet_redraws_the_first_code_into_the_second() -> None:
    said = example()
    snippet = block("python")
    assert said["code"] in snippet
    assert said["rotation key"] in snippet
    run = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, check=True)
    assert run.stdout == said["redrawn code"] + "\n"


def test_dropping_the_last_twelve_bytes_leaves_what_was_signed() -> None:
    said = example()
    signed = SignedPass(payload=bytes.fromhex(said["payload"]), signature=bytes.fromhex(said["signature"]))
    again = screen_code(signed, bytes.fromhex(said["rotation key"]), datetime.fromisoformat(said["drawn at"]))
    assert again == said["code"]


def test_the_example_of_an_item_code_is_what_its_secret_and_number_give() -> None:
    said = example("item-example")
    secret = bytes.fromhex(said["secret"])
    ring = ItemKeyring(secrets={int(said["kid"]): secret}, active_kid=int(said["kid"]))
    number = ItemNumber(kid=int(said["kid"]), batch=int(said["batch"]), serial=int(said["serial"]))
    code = make_item_code(number, ring)
    # As a stranger would, from the page alone.
    packed = ((number.kid << 52) + (number.batch << 20) + number.serial).to_bytes(8, "big")
    computed = {
        "number": packed.hex(),
        "mac": hmac.digest(secret, b"chengma item code 1\x00" + packed, "sha256")[:10].hex(),
        "code": code,
        "readable": readable(code),
        "link": item_link(said["public URL"], code),
        "item id": number.item_id,
        "batch id": batch_id_of(number.batch),
    }
    assert {name: said[name] for name in computed} == computed
    assert read_item_code(said["readable"].upper(), ring) == number


def test_the_example_of_a_plate_is_what_its_key_and_ids_give() -> None:
    said = example("plate-example")
    ring = keyring(said)
    claim = PlateClaim(kid=int(said["kid"]), plate_id=said["plate id"], site_id=said["site id"])
    code = make_plate_code(claim, ring)
    # As a stranger would, from the page alone.
    key = nacl.signing.SigningKey(bytes.fromhex(said["signing seed"]))
    ulids = [ULID.from_str(said[name][4:]).bytes for name in ("plate id", "site id")]
    payload = bytes([1, 1, 1]) + b"".join(ulids)
    signature = key.sign(b"chengma-plate-1" + payload).signature
    number = int.from_bytes(payload + signature, "big") << 3
    spelled = "".join("0123456789abcdefghjkmnpqrstvwxyz"[(number >> shift) & 31] for shift in range(790, -1, -5))
    computed = {
        "public key": bytes(key.verify_key).hex(),
        "payload": payload.hex(),
        "signature": signature.hex(),
        "code": spelled,
        "link": plate_link(said["public URL"], code),
        "number": plate_number(claim.plate_id),
    }
    assert {name: said[name] for name in computed} == computed
    assert code == spelled
    assert read_plate_code(said["link"], ring) == claim


def test_the_example_of_ended_plates_is_what_its_key_and_plates_give() -> None:
    said = example("plate-example")
    listed = PlateList(
        kid=1,
        since=datetime.fromisoformat(said["since"]),
        until=datetime.fromisoformat(said["until"]),
        plates={said["revoked plate"]: Ended.REVOKED, said["replaced plate"]: Ended.REPLACED},
    )
    # As a stranger would, from the page alone.
    key = nacl.signing.SigningKey(bytes.fromhex(said["signing seed"]))
    body = bytes([1, 1]) + b"".join(int(at.timestamp()).to_bytes(8, "big") for at in (listed.since, listed.until))
    for name, how in (("replaced plate", 1), ("revoked plate", 2)):
        body += ULID.from_str(said[name][4:]).bytes + bytes([how])
    signature = key.sign(b"chengma-ended-plates-1" + body).signature
    assert (said["list"], said["list signature"]) == (body.hex(), signature.hex())
    assert sign_plate_list(listed, keyring(said)) == body + signature


def test_the_page_says_how_large_the_modules_of_a_plate_are() -> None:
    said = example("plate-example")
    face = Face(link=said["link"], number="", name="", name_en="", title="", title_en="")
    assert f"is {module_side(plate_matrix(face)):.2f} mm with a host of 16 characters" in PAGE


def test_the_table_of_layouts_is_that_of_the_code() -> None:
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \| (\d+) \| ([\d.]+) × ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|", PAGE, re.M
    )
    assert rows == [
        (
            layout.name,
            str(layout.per_page),
            f"{layout.first.width:g}",
            f"{layout.first.height:g}",
            *(f"{layout.module(size):.2f}" for size in (33, 37, 41)),
        )
        for layout in LAYOUTS.values()
    ]
