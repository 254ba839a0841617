"""Checkpoints on the real database: one an interval over all processes, none of a log that was tampered with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from server.config_sections import MongoConfig
from server.mongo import connect_mongo
from services.common.mongo import Mongo
from services.keys.model import Keys, KeyState
from services.transparency.checkpoints import AFTER_TROUBLE_S
from services.transparency.errors import CheckpointAbsent, LogDamaged, LogRangeInvalid
from services.transparency.log_keys import LogKeys
from services.transparency.model import SignedCheckpoint
from services.transparency.mongo import CHECKPOINTS, LOG_TILES, LOGS, MongoCheckpoints
from services.transparency.notes import read_note, verify_log_signature
from services.transparency.proving import Proving
from services.transparency.reading import LogReading
from tests.contract.log_office import EIGHT, MINUTE, ORIGIN, Office, log_key
from tests.processes import Stores


@pytest.fixture
def office(mongo: Mongo, tmp_path: Path) -> Office:
    return Office(mongo, tmp_path / "transparency" / "checkpoints.txt")


@asynccontextmanager
async def other_processes(stores: Stores, database_name: str, count: int) -> AsyncIterator[list[Mongo]]:
    config = MongoConfig(uri=stores.mongodb_uri, database=database_name, pool_size=4)
    opened = [connect_mongo(config) for _ in range(count)]
    yield opened
    for mongo in opened:
        await mongo.close()


async def test_the_first_look_signs_and_each_hour_once_more_though_nothing_grew(office: Office) -> None:
    signer = office.signer()
    for minutes, expected in ((0, 1), (54, 1), (55, 2), (56, 2), (60 * 5, 3)):
        office.clock.time = EIGHT + (5 + minutes) * MINUTE
        await signer.look()
        await signer.look()
        assert len(await office.signed()) == expected
    found = await office.signed()
    assert [one.period_at for one in found] == [EIGHT, EIGHT + 60 * MINUTE, EIGHT + 300 * MINUTE]
    assert [(one.number, one.regular, one.is_regular, one.kid) for one in found] == [
        (number, number, True, 1) for number in (1, 2, 3)
    ]
    assert office.written() == [one.note for one in found]
    assert office.watch.heard == ["regular"] * 3


async def test_new_leaves_get_a_checkpoint_within_a_minute_that_the_file_leaves_out(office: Office) -> None:
    signer = office.signer()
    await signer.look()
    for seconds, size, expected in ((10, 3, 1), (59, 3, 1), (60, 3, 2), (61, 300, 2), (120, 300, 3), (400, 300, 3)):
        grown = size - await office.log.size(office.name)
        if grown:
            await office.append(grown)
        office.clock.time = EIGHT + 5 * MINUTE + timedelta(seconds=seconds)
        await signer.look()
        assert len(await office.signed()) == expected
    found = await office.signed()
    assert [one.checkpoint.size for one in found] == [0, 3, 300]
    for one in found:
        assert one.checkpoint.root == await Proving(office.log).root_at(office.name, one.checkpoint.size)
        assert (
            verify_log_signature(read_note(one.note), [LogKeys(Keys(all=(log_key(1),)), ORIGIN).public])
            == one.checkpoint
        )
    assert office.written() == [found[0].note]
    office.clock.time = EIGHT + 60 * MINUTE
    await signer.look()
    assert office.written() == [found[0].note, (await office.signed())[-1].note]


async def test_many_processes_sign_each_hour_once(office: Office, stores: Stores, database_name: str) -> None:
    async with other_processes(stores, database_name, 4) as processes:
        signers = [office.signer(mongo) for mongo in processes for _ in range(3)]
        for hour in range(5):
            await office.append(100)
            office.clock.time = EIGHT + hour * 60 * MINUTE
            await asyncio.gather(*(signer.look() for signer in signers))
    found = await office.signed()
    assert [one.period_at for one in found] == [EIGHT + hour * 60 * MINUTE for hour in range(5)]
    assert office.written() == [one.note for one in found]
    assert office.watch.heard == ["regular"] * 5


class Unclaimed(MongoCheckpoints):
    """Keeps a checkpoint over whatever has its number."""

    async def find_last(self, log: str, known: int = 0) -> SignedCheckpoint | None:  # noqa: ARG002 -- it knows nothing
        return None

    async def claim(self, signed: SignedCheckpoint) -> bool:
        await self._collection.delete_one({"_id": f"{signed.log}:{signed.number}"})
        return await super().claim(signed)


async def test_without_the_claimed_number_each_process_signs(office: Office) -> None:
    for _ in range(3):
        signer = office.signer()
        signer._checkpoints = Unclaimed(office.mongo)
        await signer.look()
    assert office.watch.heard == ["regular"] * 3


async def test_an_interval_may_be_changed_and_clocks_may_differ(office: Office) -> None:
    await office.signer(every_s=60).look()
    assert (await office.signed())[-1].period_at == EIGHT + 5 * MINUTE
    office.clock.time = EIGHT + 59 * MINUTE
    await office.signer().look()
    assert len(await office.signed()) == 1
    office.clock.time = EIGHT + 60 * MINUTE
    await office.signer().look()
    office.clock.time = EIGHT + 58 * MINUTE
    await office.append(1)
    await office.signer(every_s=60).look()
    found = await office.signed()
    assert len(found) == 2
    office.clock.time = EIGHT + 61 * MINUTE
    await office.signer(every_s=60).look()
    assert [one.signed_at for one in await office.signed()] == [EIGHT + at * MINUTE for at in (5, 60, 61)]


async def test_a_file_cut_by_a_crash_is_completed_from_the_database(office: Office) -> None:
    for hour in range(3):
        office.clock.time = EIGHT + hour * 60 * MINUTE
        await office.append(1)
        await office.signer().look()
    whole = office.path.read_bytes()
    for kept in (0, 10, len(whole) // 2, len(whole) - 1, len(whole)):
        office.path.write_bytes(whole[:kept])
        await office.signer().look()
        assert office.path.read_bytes() == whole
    elsewhere = office.path.parent / "another machine.txt"
    await office.signer(path=elsewhere).look()
    assert elsewhere.read_bytes() == whole


async def test_a_process_that_did_not_sign_writes_down_what_others_signed(office: Office, tmp_path: Path) -> None:
    here, there = office.signer(), office.signer(path=tmp_path / "there.txt")
    for hour in range(3):
        office.clock.time = EIGHT + hour * 60 * MINUTE
        await here.look()
        await there.look()
    assert office.written() == office.written(tmp_path / "there.txt") == [one.note for one in await office.signed()]


async def change_a_leaf(office: Office) -> None:
    tiles = office.mongo.collection(LOG_TILES)
    document = await tiles.find_one({"_id": f"{office.name}:0:1"})
    assert document is not None
    hashes = bytearray(document["hashes"])
    hashes[40] ^= 1
    await tiles.update_one({"_id": f"{office.name}:0:1"}, {"$set": {"hashes": bytes(hashes)}})


async def lose_a_tile(office: Office) -> None:
    await office.mongo.collection(LOG_TILES).delete_one({"_id": f"{office.name}:0:1"})


async def shorten(office: Office) -> None:
    await office.mongo.collection(LOGS).update_one({"_id": office.name}, {"$set": {"size": 299}})


async def lose_the_checkpoint(office: Office) -> None:
    await office.mongo.collection(CHECKPOINTS).delete_one({"_id": f"{office.name}:2"})


async def forge_the_checkpoint(office: Office) -> None:
    root = {"$set": {"root": bytes(32), "size": 1}}
    await office.mongo.collection(CHECKPOINTS).update_one({"_id": f"{office.name}:2"}, root)


async def change_the_note(office: Office) -> None:
    note = (await office.signed())[1].note
    changed = {"$set": {"note": note.replace("\n300\n", "\n299\n")}}
    await office.mongo.collection(CHECKPOINTS).update_one({"_id": f"{office.name}:2"}, changed)


@pytest.mark.parametrize(
    "tamper", [change_a_leaf, lose_a_tile, shorten, lose_the_checkpoint, forge_the_checkpoint, change_the_note]
)
async def test_nothing_is_signed_for_a_log_that_was_tampered_with(
    office: Office, tamper: Callable[[Office], Awaitable[None]]
) -> None:
    signer = office.signer()
    await signer.look()
    await office.append(300)
    office.clock.time += 60 * MINUTE
    await signer.look()
    assert office.watch.heard == ["regular", "regular"]
    before = office.path.read_bytes()
    await tamper(office)
    office.clock.time += 60 * MINUTE
    for one in (signer, office.signer()):
        office.watch.heard.clear()
        assert await one._wait_after_a_look() == AFTER_TROUBLE_S
        assert [heard.partition(":")[0] for heard in office.watch.heard] == ["inconsistent"]
    assert await office.mongo.collection(CHECKPOINTS).find_one({"_id": f"{office.name}:3"}) is None
    assert office.path.read_bytes() == before


async def test_a_database_put_back_to_an_older_state_is_found_by_the_file(office: Office) -> None:
    signer = office.signer()
    for hour in range(3):
        office.clock.time = EIGHT + hour * 60 * MINUTE
        await office.append(1)
        await signer.look()
    await office.mongo.collection(CHECKPOINTS).delete_one({"_id": f"{office.name}:3"})
    office.clock.time = EIGHT + 3 * 60 * MINUTE
    office.watch.heard.clear()
    assert await office.signer()._wait_after_a_look() == AFTER_TROUBLE_S
    assert "behind note 2: a note that was not signed" in office.watch.heard[0]
    assert len(await office.signed()) == 2


async def test_what_cannot_be_written_down_is_said_and_done_later(office: Office) -> None:
    office.path.mkdir(parents=True)
    signer = office.signer()
    assert await signer._wait_after_a_look() == AFTER_TROUBLE_S
    assert office.watch.heard[0].startswith("unwritable")
    office.path.rmdir()
    await signer.look()
    assert office.written() == [one.note for one in await office.signed()]


async def test_the_newest_active_key_signs_and_older_ones_still_verify(office: Office) -> None:
    await office.signer().look()
    office.keys = [log_key(1, KeyState.RETIRING), log_key(2), log_key(3, KeyState.REVOKED)]
    office.clock.time += 60 * MINUTE
    await office.signer().look()
    assert [one.kid for one in await office.signed()] == [1, 2]
    office.keys = [log_key(1, KeyState.RETIRING), log_key(2, KeyState.REVOKED), log_key(4)]
    office.clock.time += 60 * MINUTE
    await office.signer()._wait_after_a_look()
    assert "not signed by a key of this log" in office.watch.heard[-1]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 63, 64, 65, 66, 130, 1000])
async def test_the_last_of_many_checkpoints_is_found_from_any_that_is_known(office: Office, count: int) -> None:
    await office.signer().look()
    (pattern,) = await office.mongo.collection(CHECKPOINTS).find({"_id": f"{office.name}:1"}).to_list()
    name = f"{office.name}-many"
    if count:
        many = [{**pattern, "_id": f"{name}:{number}", "log": name, "number": number} for number in range(1, count + 1)]
        await office.mongo.collection(CHECKPOINTS).insert_many(many, ordered=False)
    for known in sorted({0, 1, count // 2, count - 1, count} & set(range(count + 1))):
        found = await office.checkpoints.find_last(name, known)
        assert (found.number if found else 0) == count


async def test_before_the_first_checkpoint_nothing_is_proved_and_a_damaged_log_proves_nothing(office: Office) -> None:
    keys = LogKeys(Keys(all=tuple(office.keys)), ORIGIN)
    reading = LogReading(office.name, logs=office.log, checkpoints=office.checkpoints, keys=keys, clock=office.clock)
    await office.append(300)
    with pytest.raises(CheckpointAbsent):
        await reading.latest()
    with pytest.raises(CheckpointAbsent):
        await reading.inclusion(0)
    await office.signer().look()
    office.clock.time += MINUTE
    assert (await reading.latest()).checkpoint.size == 300
    assert (await reading.inclusion(299)).size == 300
    await office.append(1)
    with pytest.raises(LogRangeInvalid):
        await reading.inclusion(300)
    await lose_a_tile(office)
    for asked in (reading.inclusion(299), reading.consistency(280), reading.leaf_hashes(200, 100)):
        with pytest.raises(LogDamaged):
            await asked
    assert len(await reading.leaf_hashes(0, 256)) == 256
