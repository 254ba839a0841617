"""The vectors that every verifier of gates must agree with, by Python's."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qr.errors import BadSignature, CodeRefused, PackExpired
from qr.gate_log import LogEntry, LogKind, canonical_entry, entry_hash, verify_entry
from qr.gate_pack import read_gate_pack
from qr.gate_verifier import GateMemory, GateVerifier, Verdict
from qr.keyring import KeyState, PublicKeyring, VerifyKey
from tests.vectors import make

DIRECTORY = Path(__file__).parents[1] / "vectors"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLY = datetime(2027, 2, 6, tzinfo=UTC)
NOTHING = {
    "decision": None,
    "reason": None,
    "problem": None,
    "reservation_id": None,
    "admitted_now": 0,
    "admitted_count": 0,
    "party_size": 0,
    "starts_at": None,
    "ends_at": None,
}


def loaded(name: str) -> Any:
    return json.loads((DIRECTORY / name).read_text(encoding="utf-8"))


FILES = {name: loaded(name) for name in ("verdicts.json", "sm2.json", "packs.json", "log.json")}


def each(name: str) -> pytest.MarkDecorator:
    cases = FILES[name]["cases"]
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


def ring(keys: list[dict[str, Any]]) -> PublicKeyring:
    found = [
        VerifyKey(
            kid=one["kid"],
            public=base64.urlsafe_b64decode(one["public"] + "=="),
            algorithm=one["algorithm"],
            state=KeyState(one["state"]),
        )
        for one in keys
    ]
    return PublicKeyring(verify_keys={key.kid: key for key in found})


def instant(unix_ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=unix_ms)


def shown(verdict: Verdict) -> dict[str, Any]:
    fields = {name: getattr(verdict, name) for name in NOTHING}
    for name in ("starts_at", "ends_at"):
        fields[name] = None if fields[name] is None else int(fields[name].timestamp())
    return fields


def decided(step: Mapping[str, Any], verifier: GateVerifier, memory: GateMemory) -> Verdict:
    at = instant(step["at"])
    if step["do"] == "walk_in":
        return verifier.admit_walk_in(step["lease_id"], step["count"], at, memory=memory)
    if step["do"] == "out":
        return verifier.count_out(step["count"], at)
    asked = {name: step[name] for name in ("count", "document_tail")}
    return verifier.decide(step["code"], at, memory=memory, **asked)


def run(case: Mapping[str, Any], file: Mapping[str, Any]) -> None:
    pack = read_gate_pack(base64.b64decode(file["packs"][case["pack"]]), ring(file["pack_keys"]), EARLY)
    verifier, memory, verdicts = GateVerifier(pack), GateMemory(), dict[int, Verdict]()
    for number, step in enumerate(case["steps"]):
        if step["do"] in {"remember", "forget"}:
            getattr(memory, step["do"])(verdicts[step["step"]])
            continue
        try:
            verdicts[number] = decided(step, verifier, memory)
            assert shown(verdicts[number]) == step["verdict"]
        except PackExpired:
            assert step["verdict"] == NOTHING | {"problem": "pack_expired"}


@each("verdicts.json")
def test_a_gate_decides_as_written(case: Mapping[str, Any]) -> None:
    run(case, FILES["verdicts.json"])


@each("sm2.json")
def test_a_gate_that_knows_sm2_decides_as_written(case: Mapping[str, Any]) -> None:
    run(case, FILES["sm2.json"])


@each("packs.json")
def test_a_pack_is_read_or_refused_as_written(case: Mapping[str, Any]) -> None:
    try:
        read_gate_pack(base64.b64decode(case["pack"]), ring(FILES["packs.json"]["pack_keys"]), instant(case["at"]))
        outcome = "read"
    except PackExpired:
        outcome = "pack_expired"
    except CodeRefused as refused:
        outcome = refused.reason
    assert outcome == case["outcome"]


@each("log.json")
def test_an_entry_of_a_log_is_spelt_hashed_and_signed_as_written(case: Mapping[str, Any]) -> None:
    said = dict(case["entry"])
    assert said.pop("v") == 1
    issued = said["pack_issued_at"]
    said |= {"kind": LogKind(said["kind"]), "at": instant(said["at"])}
    entry = LogEntry(**said | {"pack_issued_at": None if issued is None else instant(issued * 1000)})
    assert canonical_entry(entry).decode() == case["canonical"]
    assert entry_hash(entry) == case["hash"]
    signature, public = bytes.fromhex(case["signature"]), bytes.fromhex(case["public"])
    if case["good"]:
        verify_entry(entry, signature, public)
    else:
        with pytest.raises(BadSignature):
            verify_entry(entry, signature, public)


@pytest.mark.parametrize("name", make.FILES)
def test_the_files_are_what_the_script_writes(name: str) -> None:
    # Bytes and not text: the same on every machine.
    assert (DIRECTORY / name).read_bytes() == make.written(name).encode()


def test_every_reason_and_problem_of_a_gate_has_a_vector() -> None:
    verdicts = [
        step["verdict"] for case in FILES["verdicts.json"]["cases"] for step in case["steps"] if "verdict" in step
    ]
    assert {one["reason"] for one in verdicts} - {None} == {
        "malformed",
        "unknown_key",
        "revoked",
        "bad_signature",
        "wrong_venue",
        "stale_code",
        "wrong_gate",
        "too_early",
        "too_late",
        "cancelled",
        "already_admitted",
        "venue_full",
    }
    assert {one["problem"] for one in verdicts} - {None} == {
        "document_tail_needed",
        "document_tail_wrong",
        "count_too_large",
        "lease_unknown",
        "lease_expired",
        "pack_expired",
    }
    names = [case["name"] for file in FILES.values() for case in file["cases"]]
    assert len(FILES["verdicts.json"]["cases"]) >= 150
    assert len(names) == len(set(names))


def test_a_chain_of_entries_is_chained() -> None:
    chain = [
        case["entry"] | {"hash": case["hash"]} for case in FILES["log.json"]["cases"] if case["name"][:6] == "entry "
    ]
    assert [one["previous"] for one in chain] == ["", *(one["hash"] for one in chain[:-1])]
    assert [one["seq"] for one in chain] == list(range(1, len(chain) + 1))
