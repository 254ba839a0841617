"""Somebody changes the history of items in the database itself; whoever kept the log's files finds out where."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx
import pytest

from scripts.transparency import verify_log
from server.exporting import LogExport
from server.mongo import connect_mongo
from services.common.mongo import Document, Mongo
from services.items.mongo.records import ITEM_EVENTS, LOG
from services.transparency.committed import MongoCommitted
from services.transparency.leaves import leaf_commitment
from services.transparency.merkle import HASH_BYTES, leaf_hash
from services.transparency.mongo import LOG_TILES, MongoCheckpoints, MongoLog
from services.transparency.note_file import RecordContradicted
from tests.api.house import API, DEMO_PASSWORD
from tests.api.stock import document
from tests.concurrency.town import database_of
from tests.e2e.scripts import run_script
from tests.processes import ServerProcess, run_server
from tests.registry import beginning, event, new_epc

EVENTS = 12
VICTIM = 5
SIGNED_WITHIN_S = 30
INSERTED = "urn:example:event:inserted"


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A server whose log was exported once, by those who now look at it again."""

    server: ServerProcess
    mongo: Mongo
    kept: Path
    key: str

    def run(self, script: str, *arguments: str) -> CompletedProcess[str]:
        return run_script(self.server, script, *arguments)

    async def export(self, directory: Path) -> str:
        """Export as the script does; return why it was stopped, nothing when it was not."""
        export = LogExport(
            LOG,
            directory,
            logs=MongoLog(self.mongo),
            checkpoints=MongoCheckpoints(self.mongo),
            events=MongoCommitted(self.mongo, ITEM_EVENTS),
        )
        try:
            await export.run()
        except RecordContradicted as error:
            return str(error)
        return ""

    def findings(self, leaves: Path, *events: str) -> list[dict[str, Any]]:
        """Return what the verifier says, against the checkpoints that were kept."""
        files = ["--checkpoints", str(self.kept / "checkpoints.txt"), "--leaves", str(leaves), *events]
        verdict = verify_log.verify(verify_log._parser().parse_args(["--key", self.key, *files]))
        return [{"code": one.code, **one.facts} for one in verdict.findings]

    def findings_in(self, events: Path) -> list[dict[str, Any]]:
        """Return what the verifier says of exported events, against the leaves that were kept."""
        return self.findings(self.kept / "leaves.txt", "--events", str(events))

    @property
    def events(self) -> Any:
        return self.mongo.collection(ITEM_EVENTS)

    async def at(self, index: int) -> Document:
        found = await self.events.find_one({"index": index})
        assert found is not None
        return dict(found)


@pytest.fixture(scope="module")
async def archive(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Archive]:
    directory = tmp_path_factory.mktemp("archive")
    environment = {"CHENGMA_TRANSPARENCY_CHECKPOINT_EVERY_S": "1"}
    with run_server(directory / "data", environment=environment) as server:
        async with httpx.AsyncClient(base_url=server.base_url + API, timeout=30, trust_env=False) as client:
            logged_in = await client.post("/auth/staff", json={"username": "admin", "password": DEMO_PASSWORD})
            client.headers["Authorization"] = f"Bearer {logged_in.json()['access_token']}"
            epc = new_epc()
            bodies = [beginning(epc), *(event(epc) for _ in range(EVENTS - 1))]
            (await client.post("/epcis/capture", json=document(*bodies))).raise_for_status()
            async with asyncio.timeout(SIGNED_WITHIN_S):
                while (signed := await client.get("/transparency/checkpoint")).json().get("size") != EVENTS:
                    assert signed.status_code in {200, 404}, signed.text
                    await asyncio.sleep(0.2)
            key = (await client.get("/transparency/key")).json()["vkey"]
        mongo = connect_mongo(database_of(server))
        archive = Archive(server=server, mongo=mongo, kept=directory / "kept", key=key)
        exported = archive.run("export_log", "--to", str(archive.kept))
        assert exported.returncode == 0, exported.stderr
        yield archive
        await mongo.close()


def test_what_nobody_touched_is_right(archive: Archive) -> None:
    files = [f"--{name}={archive.kept / name}.txt" for name in ("checkpoints", "leaves")]
    done = archive.run(
        "verify_log", "--key", archive.key, *files, "--events", str(archive.kept / "events.jsonl"), "--json"
    )
    verdict = json.loads(done.stdout)
    assert (done.returncode, verdict["ok"], verdict["events"]) == (0, True, EVENTS), done.stderr


def changed(text: str) -> str:
    return text.replace("inspecting", "repairing")


async def change(archive: Archive) -> None:
    victim = await archive.at(VICTIM)
    await archive.events.update_one({"_id": victim["_id"]}, {"$set": {"body": changed(victim["body"])}})


async def change_with_commitment(archive: Archive) -> None:
    victim = await archive.at(VICTIM)
    body = changed(victim["body"])
    commitment = leaf_commitment(body, victim["recorded_at"], victim["recorded_by"], bytes(victim["salt"]))
    await archive.events.update_one({"_id": victim["_id"]}, {"$set": {"body": body, "commitment": commitment}})


async def change_who_told(archive: Archive) -> None:
    victim = await archive.at(VICTIM)
    other = {"recorded_by": "stf_01JD0000000000000000000009"}
    await archive.events.update_one({"_id": victim["_id"]}, {"$set": other})


async def delete(archive: Archive) -> None:
    await archive.events.delete_one({"_id": (await archive.at(VICTIM))["_id"]})


async def insert(archive: Archive) -> None:
    victim = await archive.at(VICTIM)
    await archive.events.insert_one({**victim, "_id": INSERTED, "body": changed(victim["body"])})


async def reorder(archive: Archive) -> None:
    one, other = await archive.at(VICTIM), await archive.at(VICTIM + 2)
    await archive.events.update_one({"_id": one["_id"]}, {"$set": {"index": other["index"]}})
    await archive.events.update_one({"_id": other["_id"]}, {"$set": {"index": one["index"]}})


@pytest.mark.parametrize(
    ("tamper", "codes"),
    [
        (change, {"event_changed"}),
        (change_with_commitment, {"event_changed"}),
        (change_who_told, {"event_changed"}),
        (delete, {"event_missing"}),
        (insert, {"event_inserted"}),
        (reorder, {"events_swapped"}),
    ],
)
async def test_tampering_is_found_and_named(
    archive: Archive, tmp_path: Path, tamper: Callable[[Archive], Awaitable[None]], codes: set[str]
) -> None:
    concerned = {(await archive.at(VICTIM))["_id"], (await archive.at(VICTIM + 2))["_id"], INSERTED}
    before = await archive.events.find({}).to_list()
    try:
        await tamper(archive)
        await archive.export(tmp_path / "fresh")
        findings = archive.findings_in(tmp_path / "fresh" / "events.jsonl")
        assert {one["code"] for one in findings} == codes
        assert {one["index"] for one in findings} == {VICTIM}
        assert tamper is delete or {one["id"] for one in findings} <= concerned
        # Whoever exports on top of what they kept is stopped, and told where.
        stopped = await archive.export(archive.kept)
        assert any(f"index {index} " in stopped for index in (VICTIM, VICTIM + 1)), stopped
    finally:
        await archive.events.delete_many({})
        await archive.events.insert_many(before)
    assert await archive.export(archive.kept) == ""


async def test_an_event_that_never_was_in_the_log_stops_the_export(archive: Archive) -> None:
    stray = {**await archive.at(VICTIM), "_id": "urn:example:event:stray", "index": 1_000_000}
    for claim in (stray, {**stray, "index": None}):
        await archive.events.insert_one(claim)
        try:
            stopped = await archive.export(archive.kept)
        finally:
            await archive.events.delete_one({"_id": stray["_id"]})
        assert "urn:example:event:stray" in stopped


async def test_rewriting_the_log_itself_contradicts_what_was_signed(archive: Archive, tmp_path: Path) -> None:
    tiles = archive.mongo.collection(LOG_TILES)
    tile = await tiles.find_one({"_id": f"{LOG}:0:0"})
    assert tile is not None
    hashes = bytes(tile["hashes"])
    forged = leaf_hash(b"another history".ljust(HASH_BYTES))
    rewritten = hashes[: VICTIM * HASH_BYTES] + forged + hashes[(VICTIM + 1) * HASH_BYTES :]
    await tiles.update_one({"_id": tile["_id"]}, {"$set": {"hashes": rewritten}})
    try:
        assert f"index {VICTIM} " in await archive.export(archive.kept)
        # Without the files of before, the signed checkpoint still says that something is wrong.
        await archive.export(tmp_path / "fresh")
        findings = archive.findings(tmp_path / "fresh" / "leaves.txt")
        assert {one["code"] for one in findings} == {"leaves_contradict"}
    finally:
        await tiles.update_one({"_id": tile["_id"]}, {"$set": {"hashes": hashes}})
    assert await archive.export(archive.kept) == ""
