"""Exporting the log: files that only grow, and never on top of what contradicts the database."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.transparency import verify_log
from server.exporting import LogExport, export_lines
from services.common.mongo import Mongo, Session
from services.keys.model import Keys
from services.transparency.commitment import canonical, commit
from services.transparency.log_keys import LogKeys
from services.transparency.model import CommittedEvent
from services.transparency.mongo import CHECKPOINTS, LOG_TILES
from services.transparency.note_file import RecordContradicted
from services.transparency.tiles import grow
from tests.contract.log_office import Office, log_key

FILES = ("checkpoints.txt", "leaves.txt", "events.jsonl")
VKEY = LogKeys(Keys(all=(log_key(1),)), "chengma.example/items").public.text


class Exported:
    """A log with events, and the directory that it is exported to."""

    def __init__(self, mongo: Mongo, tmp_path: Path) -> None:
        self.office = Office(mongo, tmp_path / "own" / "checkpoints.txt")
        self.directory = tmp_path / "export"
        self.events: list[CommittedEvent] = []

    async def committed_between(self, first: int, until: int) -> Sequence[CommittedEvent]:
        return [event for event in self.events if first <= event.index < until]

    async def strays(self, size: int) -> Sequence[tuple[str, int | None]]:
        return [(event.id, event.index) for event in self.events if event.index >= size]

    async def grow(self, count: int) -> None:
        """Append events and sign."""
        new = [
            CommittedEvent(index=index, id=f"evt_{index}", salt=secrets.token_bytes(16), data={"weight": index / 4})
            for index in range(len(self.events), len(self.events) + count)
        ]
        self.events += new
        leaves = [commit(event.salt, canonical(event.data)) for event in new]
        growth = grow(await self.office.log.tail(self.office.name), leaves)

        async def work(session: Session) -> None:
            await self.office.log.append(growth, session)

        await self.office.mongo.transact(work)
        self.office.clock.time = self.office.clock.time.replace(hour=self.office.clock.time.hour + 1)
        await self.office.signer().look()

    async def export(self, directory: Path | None = None) -> int:
        return await LogExport(
            self.office.name,
            directory or self.directory,
            logs=self.office.log,
            checkpoints=self.office.checkpoints,
            events=self,
        ).run()

    def contents(self) -> dict[str, bytes]:
        return {name: (self.directory / name).read_bytes() for name in FILES}

    def verdict(self) -> verify_log.Verdict:
        checkpoints, leaves, events = (str(self.directory / name) for name in FILES)
        named = ["--checkpoints", checkpoints, "--leaves", leaves, "--events", events]
        return verify_log.verify(verify_log._parser().parse_args(["--key", VKEY, *named]))


@pytest.fixture
async def log(mongo: Mongo, tmp_path: Path) -> Exported:
    exported = Exported(mongo, tmp_path)
    await exported.grow(300)
    return exported


async def test_an_export_is_verified_and_a_later_one_only_appends(log: Exported) -> None:
    assert await log.export() == 300
    first = log.contents()
    assert await log.export() == 300
    assert log.contents() == first
    await log.grow(1200)
    assert await log.export() == 1500
    later = log.contents()
    assert all(later[name].startswith(first[name]) for name in FILES)
    verdict = log.verdict()
    assert (verdict.ok, verdict.proved, verdict.events, verdict.checkpoints) == (True, 1500, 1500, 2)


async def test_an_export_that_was_cut_short_is_completed(log: Exported) -> None:
    await log.export()
    whole = log.contents()
    for part in (0.0, 0.3, 0.77, 0.999):
        for name in FILES:
            (log.directory / name).write_bytes(whole[name][: int(len(whole[name]) * part)])
        await log.export()
        assert log.contents() == whole


async def test_changing_deleting_inserting_and_swapping_in_the_database_is_named(log: Exported) -> None:
    changed, deleted, one, other = log.events[10], log.events[20], log.events[30], log.events[40]
    log.events[10] = replace(changed, data={"weight": -1})
    log.events[30], log.events[40] = replace(other, index=30), replace(one, index=40)
    log.events.remove(deleted)
    log.events.insert(50, replace(changed, id="evt_new", index=49, data={}))
    await log.export()
    found = [(one.code, one.facts["index"], one.facts.get("id")) for one in log.verdict().findings]
    assert found == [
        ("event_changed", 10, "evt_10"),
        ("event_missing", 20, None),
        ("events_swapped", 30, "evt_40"),
        ("event_inserted", 49, "evt_new"),
    ]


async def test_a_leaf_rewritten_in_the_database_is_found_by_the_checkpoints(log: Exported) -> None:
    tiles = log.office.mongo.collection(LOG_TILES)
    document = await tiles.find_one({"_id": f"{log.office.name}:0:0"})
    assert document is not None
    await tiles.update_one({"_id": document["_id"]}, {"$set": {"hashes": bytes(32) + document["hashes"][32:]}})
    await log.export()
    assert [one.code for one in log.verdict().findings] == ["leaves_contradict", "event_changed"]


@pytest.mark.parametrize(
    ("name", "place", "index"), [("leaves.txt", 130 * 65, "index 130 "), ("checkpoints.txt", 30, "note 1 ")]
)
async def test_a_file_that_contradicts_the_database_is_not_touched(
    log: Exported, name: str, place: int, index: str
) -> None:
    await log.export()
    path = log.directory / name
    content = bytearray(path.read_bytes())
    content[place] = ord("1") if content[place] != ord("1") else ord("2")
    path.write_bytes(content)
    await log.grow(1)
    with pytest.raises(RecordContradicted, match=index):
        await log.export()
    assert path.read_bytes() == content


@pytest.mark.parametrize("change", ["changed", "deleted"])
async def test_an_event_that_changed_since_the_last_export_is_named(log: Exported, change: str) -> None:
    await log.export()
    if change == "changed":
        log.events[77] = replace(log.events[77], data={})
    else:
        del log.events[77]
    with pytest.raises(RecordContradicted, match=r"events.jsonl: index 77 "):
        await log.export()


async def test_a_file_longer_than_what_is_signed_is_refused(log: Exported) -> None:
    await log.export()
    await log.office.mongo.collection(CHECKPOINTS).delete_one({"_id": f"{log.office.name}:1"})
    with pytest.raises(RecordContradicted):
        await log.export()

    async def none(_first: int, _until: int) -> list[tuple[int, str]]:
        return []

    with pytest.raises(RecordContradicted, match="more than 0 lines"):
        await export_lines(log.directory / "leaves.txt", 0, none, 10)


async def test_events_are_written_as_documented(log: Exported) -> None:
    await log.export()
    line = (log.directory / "events.jsonl").read_text(encoding="utf-8").splitlines()[2]
    event = log.events[2]
    assert line == f'{{"data":{{"weight":0.5}},"id":"evt_2","index":2,"salt":"{event.salt.hex()}"}}'
    assert json.loads(line)["index"] == 2
