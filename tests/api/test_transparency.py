"""The log over HTTP, with a server of two processes that signs each second."""

import base64
import os
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.config_sections import MongoConfig
from server.mongo import connect_mongo
from services.common.mongo import Mongo, Session
from services.transparency.merkle import is_consistent, is_included, leaf_hash
from services.transparency.mongo import CHECKPOINTS, MongoLog
from services.transparency.note_file import split_notes
from services.transparency.notes import read_key, read_note, verify_log_signature
from services.transparency.tiles import grow
from tests.api.conftest import NO_LIMITS
from tests.api.house import Caller, accepted, instant, refused
from tests.processes import ServerProcess, Stores, fresh_database_name, run_server

SIGNED_WITHIN_S = 30.0
LEAVES = [secrets.token_bytes(32) for _ in range(700)]


@dataclass(frozen=True, kw_only=True)
class LogHouse:
    """A server, its database, and nobody in particular who asks."""

    server: ServerProcess
    mongo: Mongo
    nobody: Caller
    latest: dict[str, Any]

    async def ask(self, path: str, **asked: int | str) -> Any:
        return accepted(await self.nobody.get(f"/transparency/{path}", params=asked))


@pytest.fixture(scope="module")
def environment(stores: Stores) -> Mapping[str, str]:
    # Without the demo, whose outlets would be in the log of patrols.
    every_second = {"CHENGMA_TRANSPARENCY_CHECKPOINT_EVERY_S": "1", "CHENGMA_DEMO": "false"}
    return stores.environment(fresh_database_name()) | NO_LIMITS | every_second


@pytest.fixture(scope="module")
async def house(environment: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LogHouse]:
    uri, database = environment["CHENGMA_MONGODB_URI"], environment["CHENGMA_MONGODB_DATABASE"]
    mongo = connect_mongo(MongoConfig(uri=uri, database=database, pool_size=4))
    data_dir = tmp_path_factory.mktemp("log") / "data"
    with run_server(data_dir, arguments=("--workers", "2"), environment=environment) as server:
        async with httpx.AsyncClient(base_url=server.base_url, timeout=30, trust_env=False) as client:
            await append(mongo, LEAVES[:300])
            await await_size(client, 300)
            await append(mongo, LEAVES[300:])
            latest = await await_size(client, 700)
            yield LogHouse(server=server, mongo=mongo, nobody=Caller(client), latest=latest)
    await mongo.close()


async def append(mongo: Mongo, leaves: list[bytes], name: str = "items") -> None:
    log = MongoLog(mongo)
    growth = grow(await log.tail(name), leaves)

    async def work(session: Session) -> None:
        await log.append(growth, session)

    await mongo.transact(work)


async def await_size(client: httpx.AsyncClient, size: int, log: str = "items") -> dict[str, Any]:
    """Wait until a checkpoint of this size is signed."""
    deadline = time.monotonic() + SIGNED_WITHIN_S
    while True:
        latest = await Caller(client).get("/transparency/checkpoint", params={"log": log})
        if latest.status_code == 200 and latest.json()["size"] == size:
            found: dict[str, Any] = accepted(latest)
            return found
        assert time.monotonic() < deadline, latest.text


def decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


async def test_a_checkpoint_is_signed_by_the_key_that_is_shown(house: LogHouse) -> None:
    key = await house.ask("key")
    assert set(key) == {"origin", "kid", "algorithm", "public_key", "vkey"}
    public = read_key(key["vkey"])
    assert (public.name, public.public) == (key["origin"], decoded(key["public_key"]))
    assert (key["origin"], key["kid"], key["algorithm"]) == ("chengma.example/items", 1, "Ed25519")
    checkpoint = verify_log_signature(read_note(house.latest["note"]), [public])
    assert set(house.latest) == {"origin", "size", "root", "signed_at", "kid", "note"}
    assert (checkpoint.origin, checkpoint.size) == (house.latest["origin"], house.latest["size"])
    assert checkpoint.root == decoded(house.latest["root"])
    instant(house.latest["signed_at"])


@pytest.mark.parametrize("size", [None, 1, 2, 255, 256, 257, 300, 699, 700])
async def test_every_leaf_is_proved_in_every_size(house: LogHouse, size: int | None) -> None:
    within = size or 700
    for index in sorted({0, 1, within // 2, within - 1} & set(range(within))):
        asked = {"index": index} | ({} if size is None else {"size": size})
        proof = await house.ask("proof/inclusion", **asked)
        assert (proof["index"], proof["size"]) == (index, within)
        assert decoded(proof["leaf_hash"]) == leaf_hash(LEAVES[index])
        root, hashes = decoded(proof["root"]), [decoded(one) for one in proof["hashes"]]
        assert is_included(leaf_hash(LEAVES[index]), index, within, hashes, root)
        assert within < 700 or proof["root"] == house.latest["root"]


@pytest.mark.parametrize(
    ("old", "new"), [(0, 700), (1, 2), (255, 256), (256, 700), (300, 700), (300, None), (700, 700)]
)
async def test_the_log_is_proved_to_have_only_grown(house: LogHouse, old: int, new: int | None) -> None:
    proof = await house.ask("proof/consistency", **{"from": old} | ({} if new is None else {"to": new}))
    assert (proof["from"], proof["to"]) == (old, new or 700)
    hashes = [decoded(one) for one in proof["hashes"]]
    assert is_consistent(old, decoded(proof["from_root"]), new or 700, decoded(proof["to_root"]), hashes)
    assert (await house.ask("proof/inclusion", index=0, size=new or 700))["root"] == proof["to_root"]


async def test_leaves_come_in_order_to_the_last_signed_one(house: LogHouse) -> None:
    found: list[bytes] = []
    first: int | None = 0
    while first is not None:
        page = await house.ask("entries", **{"from": first, "limit": 299})
        assert [one["index"] for one in page["items"]] == list(range(first, first + len(page["items"])))
        found += [decoded(one["leaf_hash"]) for one in page["items"]]
        first = page["next"]
    assert found == [leaf_hash(leaf) for leaf in LEAVES]
    assert await house.ask("entries", **{"from": 700}) == {"items": [], "next": None}


async def test_all_checkpoints_are_listed_and_each_second_has_one(house: LogHouse) -> None:
    found: list[dict[str, Any]] = []
    asked = {"limit": "3"}
    while len(found) < 12:
        page = await house.ask("checkpoints", **asked)
        found += page["items"]
        if page["next"] is None:
            assert page["items"][-1]["size"] == 700
            break
        asked["after"] = page["next"]
    assert found[0]["size"] in {0, 300}
    sizes = [one["size"] for one in found]
    assert sizes == sorted(sizes)
    kept = await house.mongo.collection(CHECKPOINTS).find({"log": "items"}).to_list()
    assert len({one["period_at"] for one in kept}) == len(kept)
    path = house.server.data_dir / "transparency" / "checkpoints.txt"
    notes, rest = split_notes(path.read_text(encoding="utf-8"))
    by_number = {one["number"]: one["note"] for one in kept}
    assert rest == ""
    assert len(notes) >= 2
    assert notes[: len(kept)] == [by_number[number] for number in sorted(by_number)][: len(notes)]


@pytest.mark.parametrize(
    ("path", "asked", "field", "bounds"),
    [
        ("proof/inclusion", {"index": 700}, "index", ["0", "699"]),
        ("proof/inclusion", {"index": 5, "size": 5}, "index", ["0", "4"]),
        ("proof/inclusion", {"index": 0, "size": 0}, "size", ["1", "700"]),
        ("proof/inclusion", {"index": 0, "size": 701}, "size", ["1", "700"]),
        ("proof/consistency", {"from": 701}, "from", ["0", "700"]),
        ("proof/consistency", {"from": 5, "to": 4}, "from", ["0", "4"]),
        ("proof/consistency", {"from": 5, "to": 701}, "to", ["0", "700"]),
        ("entries", {"from": 701}, "from", ["0", "700"]),
    ],
)
async def test_what_lies_beyond_the_signed_log_is_refused_with_its_bounds(
    house: LogHouse, path: str, asked: dict[str, int], field: str, bounds: list[str]
) -> None:
    answer = await house.nobody.get(f"/transparency/{path}", params=asked, headers={"Accept-Language": "en"})
    (error,) = refused(answer, 422, "log_range_invalid")["errors"]
    assert (error["path"], error["code"]) == (field, "out_of_range")
    assert [word for word in error["detail"].replace("from", "").split() if word.isdigit()] == bounds
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "asked", "field", "code"),
    [
        ("proof/inclusion", {}, "index", "required"),
        ("proof/inclusion", {"index": "-1"}, "index", "out_of_range"),
        ("proof/inclusion", {"index": "x"}, "index", "wrong_type"),
        ("proof/inclusion", {"index": "9" * 19}, "index", "out_of_range"),
        ("proof/inclusion", {"index": "0", "leaf": "x"}, "leaf", "unknown_field"),
        ("proof/consistency", {"to": "1"}, "from", "required"),
        ("entries", {"from": "0", "limit": "1001"}, "limit", "out_of_range"),
        ("checkpoints", {"limit": "0"}, "limit", "out_of_range"),
        ("checkpoint", {"size": "1"}, "size", "unknown_field"),
    ],
)
async def test_wrong_parameters_are_named(
    house: LogHouse, path: str, asked: dict[str, str], field: str, code: str
) -> None:
    problem = refused(await house.nobody.get(f"/transparency/{path}", params=asked), 422, "fields_invalid")
    assert [(error["path"], error["code"]) for error in problem["errors"]] == [(field, code)]


async def test_a_foreign_cursor_is_refused(house: LogHouse) -> None:
    for cursor in ("x", base64.urlsafe_b64encode(b'["venues",1]').decode()):
        refused(await house.nobody.get("/transparency/checkpoints", params={"after": cursor}), 422, "cursor_invalid")


@pytest.mark.parametrize(
    ("path", "asked", "kept"),
    [
        ("proof/inclusion", {"index": 1, "size": 300}, "immutable"),
        ("proof/inclusion", {"index": 1}, "max-age=5"),
        ("proof/consistency", {"from": 1, "to": 300}, "immutable"),
        ("proof/consistency", {"from": 1}, "max-age=5"),
        ("entries", {"from": 0, "limit": 300}, "immutable"),
        ("entries", {"from": 600, "limit": 300}, "max-age=5"),
        ("checkpoint", {}, "max-age=5"),
        ("key", {}, "max-age=3600"),
    ],
)
async def test_caches_may_keep_what_never_changes(house: LogHouse, path: str, asked: dict[str, int], kept: str) -> None:
    answer = await house.nobody.get(f"/transparency/{path}", params=asked)
    accepted(answer)
    assert kept in answer.headers["Cache-Control"]
    assert answer.headers["Cache-Control"].startswith("public")


def run(*command: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    surroundings = {**os.environ, **environment}
    return subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)


async def test_the_exported_log_is_verified_by_the_command(
    house: LogHouse, environment: Mapping[str, str], tmp_path: Path
) -> None:
    exported = run(sys.executable, "-m", "server.commands.export_log", "--to", str(tmp_path), environment=environment)
    assert exported.returncode == 0, exported.stderr
    assert "700 leaves" in exported.stderr
    key = tmp_path / "log.vkey"
    key.write_text((await house.ask("key"))["vkey"] + "\n", encoding="utf-8")
    named = ["--key", str(key), "--checkpoints", str(tmp_path / "checkpoints.txt")]
    leaves = tmp_path / "leaves.txt"
    verify = (sys.executable, "-m", "scripts.transparency.verify_log", *named, "--leaves", str(leaves))
    verified = run(*verify, environment={})
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "proved: 700" in verified.stdout
    leaves.write_text("00" * 32 + "\n", encoding="utf-8")
    again = run(sys.executable, "-m", "server.commands.export_log", "--to", str(tmp_path), environment=environment)
    assert again.returncode == 1
    assert "index 0 is not what the database says" in again.stderr


async def test_the_log_of_patrols_is_another_one(house: LogHouse) -> None:
    leaves = [secrets.token_bytes(32) for _ in range(3)]
    await append(house.mongo, leaves, "patrols")
    latest = await await_size(house.nobody.client, 3, "patrols")
    key = await house.ask("key", log="patrols")
    assert (key["origin"], latest["origin"]) == ("chengma.example/patrols", "chengma.example/patrols")
    checkpoint = verify_log_signature(read_note(latest["note"]), [read_key(key["vkey"])])
    assert checkpoint.size == 3
    proof = await house.ask("proof/inclusion", index=2, log="patrols")
    assert decoded(proof["leaf_hash"]) == leaf_hash(leaves[2])
    assert decoded(proof["root"]) == checkpoint.root
    entries = await house.ask("entries", log="patrols", **{"from": 0})
    assert [decoded(one["leaf_hash"]) for one in entries["items"]] == [leaf_hash(one) for one in leaves]
    # Who names no log asks that of items, which has not grown.
    assert (await house.ask("checkpoint"))["size"] == 700
    path = house.server.data_dir / "transparency" / "patrols-checkpoints.txt"
    assert "chengma.example/patrols" in path.read_text(encoding="utf-8")
