"""The page says of offline packs and of devices' logs what the code does, and enough for a stranger."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import nacl.signing
from ulid import ULID

from qr.gate_log import LogEntry, LogKind, canonical_entry, entry_hash, sign_entry, verify_entry
from qr.gate_pack import read_gate_pack, sign_gate_pack
from qr.keyring import Keyring, SigningKey, VerifyKey
from tests.unit.test_qr_docs import example


def compact(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def test_the_example_of_a_pack_is_what_a_stranger_would_make_and_our_reader_takes() -> None:
    said, entry = example("pack-example"), example()
    header = json.loads(said["header"])
    assert compact(header) == said["header"].encode()
    raw_key = base64.urlsafe_b64decode(header["venue_day_key"] + "=")
    assert raw_key.hex() == entry["venue-day key"]
    assert base64.urlsafe_b64decode(header["keys"][0]["public"] + "=").hex() == entry["public key"]
    raw = {name: ULID.from_str(said[name][4:30]).bytes for name in ("cancelled", "revoked", "admitted")}
    partly, count = said["partly admitted"].split()
    on_paper, tail = said["on paper"].split()
    paper_raw = ULID.from_str(on_paper[4:]).bytes
    mac = hmac.digest(raw_key, b"chengma slip tail 1\x00" + paper_raw + tail.upper().encode(), "sha256")
    sections = b"".join(one[-8:] for one in raw.values())
    sections += ULID.from_str(partly[4:]).bytes[-8:] + int(count).to_bytes(2, "big")
    sections += paper_raw[-8:] + mac[:1]
    assert sections.hex() == said["sections"]
    raw_header = said["header"].encode()
    body = b"CCP1" + len(raw_header).to_bytes(4, "big") + raw_header + sections
    key = nacl.signing.SigningKey(bytes.fromhex(said["signing seed"]))
    assert bytes(key.verify_key).hex() == said["public key"]
    signature = key.sign(b"chengma-gate-pack-1" + body).signature
    assert signature.hex() == said["signature"]
    ours = SigningKey(kid=int(said["kid"]), seed=bytes.fromhex(said["signing seed"]))
    ring = Keyring(active=ours, verify_keys={ours.kid: VerifyKey(kid=ours.kid, public=ours.public)})
    pack = read_gate_pack(body + signature, ring, datetime.fromisoformat(said["read at"]))
    assert sign_gate_pack(pack, ring) == body + signature
    assert (pack.inside, pack.ceiling, len(pack.slots), pack.leases[0].used) == (42, 500, 1, 2)


def logged(said: str) -> LogEntry:
    fields = json.loads(said)
    assert fields.pop("v") == 1
    at, issued = fields.pop("at"), fields.pop("pack_issued_at")
    instants = {
        "at": datetime.fromisoformat(f"2027-02-06T02:05:{'07.250' if at % 1000 else '30.000'}+00:00"),
        "pack_issued_at": datetime.fromisoformat("2027-02-06T01:30:00+00:00"),
    }
    assert [round(one.timestamp() * 1000) for one in instants.values()] == [at, issued * 1000]
    return LogEntry(**fields | instants | {"kind": LogKind(fields["kind"])})


def test_the_example_of_a_log_is_what_a_stranger_would_make_and_our_reader_takes() -> None:
    said = example("log-example")
    key = nacl.signing.SigningKey(bytes.fromhex(said["device seed"]))
    assert bytes(key.verify_key).hex() == said["public key"]
    first, second = json.loads(said["first entry"]), json.loads(said["second entry"])
    assert first["code_sha256"] == hashlib.sha256(said["code"].encode()).hexdigest()
    assert (first["previous"], second["previous"], second["undoes"]) == ("", said["first hash"], first["nonce"])
    for name, fields in (("first", first), ("second", second)):
        assert compact(fields).decode() == said[f"{name} entry"]
        digest = hashlib.sha256(b"chengma-gate-log-1" + compact(fields)).digest()
        signature = key.sign(b"chengma-gate-entry-1" + digest).signature
        assert (said[f"{name} hash"], said[f"{name} signature"]) == (digest.hex(), signature.hex())
        entry = logged(said[f"{name} entry"])
        assert (canonical_entry(entry), entry_hash(entry)) == (compact(fields), digest.hex())
        assert sign_entry(entry, bytes(key)) == signature
        verify_entry(entry, signature, bytes(key.verify_key))
