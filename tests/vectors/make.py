"""Writes the vectors: `python -m tests.vectors.make`. The same each time; a test holds the files against this."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qr.gate_pack import read_gate_pack
from qr.gate_verifier import GateVerifier
from tests.vectors import broken_packs, by_sm2, logged, parties, passers, proofs, spellings, town
from tests.vectors.steps import Case, in_a_word, play

DIRECTORY = Path(__file__).parent


def verdicts() -> dict[str, Any]:
    """Return what gates decide."""
    found = [case for module in (spellings, proofs, parties, passers) for case in module.cases()]
    return _decided(town.packs(), found)


def sm2() -> dict[str, Any]:
    """Return what gates decide that know SM2."""
    return _decided(by_sm2.packs(), by_sm2.cases())


def packs() -> dict[str, Any]:
    """Return packs and what comes of reading them."""
    return {"pack_keys": pack_keys(), "cases": broken_packs.cases()}


def log() -> dict[str, Any]:
    """Return entries of a device's log."""
    return {"cases": logged.cases()}


FILES: Mapping[str, Callable[[], dict[str, Any]]] = {
    "verdicts.json": verdicts,
    "sm2.json": sm2,
    "packs.json": packs,
    "log.json": log,
}


def written(name: str) -> str:
    """Return the text of a file."""
    return json.dumps(FILES[name](), indent=1, ensure_ascii=False) + "\n"


def _decided(signed: Mapping[str, bytes], cases: Sequence[Case]) -> dict[str, Any]:
    verifiers = {name: GateVerifier(read_gate_pack(data, town.PACK_KEYS, town.STARTS)) for name, data in signed.items()}
    found = []
    for case in cases:
        steps = play(case.steps, verifiers[case.pack])
        said = [in_a_word(step["verdict"]) for step in steps if "verdict" in step]
        if said != list(case.says):
            raise ValueError(f"{case.name}: {said} and not {list(case.says)}")
        found.append({"name": case.name, "pack": case.pack, "steps": steps})
    return {
        "pack_keys": pack_keys(),
        "packs": {name: base64.b64encode(data).decode() for name, data in signed.items()},
        "cases": found,
    }


def pack_keys() -> list[dict[str, Any]]:
    return [
        {
            "kid": kid,
            "algorithm": key.algorithm,
            "public": base64.urlsafe_b64encode(key.public).rstrip(b"=").decode(),
            "state": key.state.value,
        }
        for kid, key in sorted(town.PACK_KEYS.verify_keys.items())
    ]


if __name__ == "__main__":
    for name in FILES:
        (DIRECTORY / name).write_text(written(name), encoding="utf-8")
        print(f"{name}: {len(FILES[name]()['cases'])} cases")
