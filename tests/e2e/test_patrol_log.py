"""The log of patrols, exported and verified by the scripts; whoever changes what it proves is found out."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import httpx
import pytest

from server.mongo import connect_mongo
from services.patrols.mongo import PATROL_EVENTS
from tests.api.house import API
from tests.concurrency.town import database_of
from tests.e2e.scripts import run_script
from tests.processes import ServerProcess, run_server

SIGNED_WITHIN_S = 30
# The demo's outlets are registered as any other, so there is something in the log.
VICTIM = 2


@dataclass(frozen=True, kw_only=True)
class Record:
    """A server, and where its log of patrols was exported to."""

    server: ServerProcess
    kept: Path
    key: str
    size: int

    def run(self, script: str, *arguments: str) -> CompletedProcess[str]:
        return run_script(self.server, script, *arguments)

    def verify(self, events: Path) -> tuple[int, list[str], int]:
        """Return how the verifier ended, the codes of its findings, and how many events it looked at."""
        files = [f"--{name}={self.kept / name}.txt" for name in ("checkpoints", "leaves")]
        done = self.run("verify_log", "--key", self.key, *files, "--events", str(events), "--json")
        verdict = json.loads(done.stdout)
        return done.returncode, [one["code"] for one in verdict["findings"]], verdict["events"]


@pytest.fixture(scope="module")
async def record(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Record]:
    directory = tmp_path_factory.mktemp("patrols")
    with run_server(directory / "data", environment={"CHENGMA_TRANSPARENCY_CHECKPOINT_EVERY_S": "1"}) as server:
        async with httpx.AsyncClient(
            base_url=f"{server.base_url}{API}/transparency", params={"log": "patrols"}, timeout=30, trust_env=False
        ) as client:
            async with asyncio.timeout(SIGNED_WITHIN_S):
                while (signed := await client.get("/checkpoint")).json().get("size", 0) <= VICTIM:
                    assert signed.status_code in {200, 404}, signed.text
                    await asyncio.sleep(0.2)
            key = (await client.get("/key")).json()["vkey"]
        made = Record(server=server, kept=directory / "kept", key=key, size=signed.json()["size"])
        exported = made.run("export_log", "--log", "patrols", "--to", str(made.kept))
        assert exported.returncode == 0, exported.stderr
        yield made


def test_what_nobody_touched_is_right(record: Record) -> None:
    assert record.verify(record.kept / "events.jsonl") == (0, [], record.size)


def test_the_export_of_another_log_does_not_pass(record: Record, tmp_path: Path) -> None:
    exported = record.run("export_log", "--to", str(tmp_path / "items"))
    assert exported.returncode == 0, exported.stderr
    assert record.run("export_log", "--to", str(record.kept)).returncode == 1


async def test_a_changed_event_is_named(record: Record, tmp_path: Path) -> None:
    mongo = connect_mongo(database_of(record.server))
    try:
        events = mongo.collection(PATROL_EVENTS)
        victim = await events.find_one({"index": VICTIM})
        assert victim is not None
        forged = victim["body"].replace("outlet.registered", "outlet.closed")
        assert forged != victim["body"]
        await events.update_one({"_id": victim["_id"]}, {"$set": {"body": forged}})
        exported = record.run("export_log", "--log", "patrols", "--to", str(tmp_path / "again"))
        assert exported.returncode == 0, exported.stderr
        ended, codes, _ = record.verify(tmp_path / "again" / "events.jsonl")
        await events.update_one({"_id": victim["_id"]}, {"$set": {"body": victim["body"]}})
    finally:
        await mongo.close()
    assert (ended, codes) == (1, ["event_changed"])


def test_no_event_of_patrols_tells_of_a_person(record: Record) -> None:
    lines = (record.kept / "events.jsonl").read_text(encoding="utf-8").splitlines()
    told = json.dumps([json.loads(line)["data"]["event"] for line in lines], ensure_ascii=False)
    assert [word for word in ("138", "示例", "phone", "lng", "lat") if word in told] == []
