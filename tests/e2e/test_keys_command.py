"""Operators rotate and revoke signing keys with ./scripts/keys, beside a running server."""

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from server.embedded import PROJECT
from tests.conftest import StartServer

PATIENCE_S = 10.0


def keys(data_dir: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROJECT / "scripts" / "keys", *arguments],
        env={**os.environ, "CHENGMA_SERVER_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )


def listed(data_dir: Path) -> list[str]:
    """Return purpose, number, algorithm and state of each key."""
    return [line.split(",")[0] for line in keys(data_dir, "list").stdout.splitlines()]


def curves(base_url: str) -> Mapping[str, str]:
    published = httpx.get(f"{base_url}/.well-known/jwks.json").raise_for_status().json()["keys"]
    return {key["kid"]: key["crv"] for key in published if not key["kid"].startswith(("session", "client"))}


def test_keys_are_rotated_and_revoked_while_the_server_runs(start_server: StartServer) -> None:
    server = start_server()
    first = [f"{purpose}_signing 1 Ed25519 active" for purpose in ("entry", "pack", "plate")]
    assert listed(server.data_dir) == first
    rotated = keys(server.data_dir, "rotate", "entry_signing", "--algorithm", "SM2")
    assert rotated.returncode == 0, rotated.stderr
    assert "key 2 of entry_signing (SM2) signs within two seconds" in rotated.stderr
    revoked = keys(server.data_dir, "revoke", "entry_signing", "2", "--reason", "compromised")
    assert revoked.returncode == 0, revoked.stderr
    assert "key 3 of entry_signing (SM2) signs instead" in revoked.stderr
    assert listed(server.data_dir) == [
        "entry_signing 1 Ed25519 retiring",
        "entry_signing 2 SM2 revoked",
        "entry_signing 3 SM2 active",
        *first[1:],
    ]
    expected = {"entry-1": "Ed25519", "entry-3": "SM2", "pack-1": "Ed25519", "plate-1": "Ed25519"}
    began = time.monotonic()
    while curves(server.base_url) != expected:
        assert time.monotonic() - began < PATIENCE_S
        time.sleep(0.1)

    again = keys(server.data_dir, "revoke", "entry_signing", "2", "--reason", "superseded")
    assert (again.returncode, "revoked already" in again.stderr) == (1, True)
    other = keys(server.data_dir, "rotate", "gate_master")
    assert (other.returncode, "invalid choice" in other.stderr) == (2, True)
    why = keys(server.data_dir, "revoke", "entry_signing", "1")
    assert (why.returncode, "--reason" in why.stderr) == (2, True)
    assert len(listed(server.data_dir)) == 5
