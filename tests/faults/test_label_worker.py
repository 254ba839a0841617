"""The process that draws labels: replaced when it dies, bounded, and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from qr.errors import UnknownKey
from qr.item_code import ItemKeyring, batch_id_of, read_item_code
from qr.labels import LAYOUTS
from server.label_renderer import LabelRenderer
from services.common.errors import TooBusy
from services.identity.model import Scope, ScopeLevel
from services.items.label_errors import ArtworkRefused, LabelFileUnknown, LabelLayoutUnknown, LabelsUnavailable
from services.items.label_orders import CodeRange, SheetOrder, fill_sheets
from services.items.labels import MOST_LABELS_A_FILE, Labels, code_files, label_files
from services.items.model import ItemBatch, ItemType, LabelDesign

PROJECT = Path(__file__).resolve().parents[2]
URL = "https://codes.city.cn"
CITY = Scope(level=ScopeLevel.CITY, id="city")
CODES = CodeRange(number=1_800_000_000, kid=1, secret=bytes(32), first_serial=0, last_serial=99, public_url=URL)
ORDER = SheetOrder(codes=CODES, layout="a4-70", title="示例文物", artwork=None)
NOW = datetime(2027, 1, 15, tzinfo=UTC)
BATCH = ItemBatch(
    id=batch_id_of(CODES.number),
    number=CODES.number,
    kid=1,
    type_id="ity_1",
    owner=CITY,
    seen_by=("city:city",),
    quantity=5_000,
    job_id="job_1",
    created_at=NOW,
)
ITEM_TYPE = ItemType(
    id="ity_1",
    owner=CITY,
    seen_by=("city:city",),
    name="文物",
    name_en="Artefact",
    attributes_schema={},
    public_attributes=(),
    label=LabelDesign(layout="a4-70", title="示例文物"),
    required_inspections=(),
    version=1,
    created_at=NOW,
)
RING = ItemKeyring(secrets={1: bytes(32)}, active_kid=1)


@pytest.fixture
async def renderer() -> AsyncIterator[LabelRenderer]:
    made = LabelRenderer(longest_queue=3)
    yield made
    await made.close()


def labels(renderer: LabelRenderer) -> Labels:
    return Labels(renderer=renderer, keyring=RING, public_url=URL)


async def test_labels_are_drawn_elsewhere_and_the_same(renderer: LabelRenderer) -> None:
    assert renderer.pid is None
    drawn = await labels(renderer).render(replace(BATCH, quantity=100), ITEM_TYPE, 1, None, None)
    assert drawn == fill_sheets(ORDER)
    assert renderer.pid not in (None, os.getpid())


async def test_codes_for_a_printer_are_ours_and_in_order(renderer: LabelRenderer) -> None:
    head, *lines = (await labels(renderer).csv(replace(BATCH, quantity=100), 1)).decode().splitlines()
    assert head == "serial,code,link,item_id"
    assert len(lines) == 100
    for serial, line in enumerate(lines):
        said, code, link, item_id = line.split(",")
        number = read_item_code(code, RING)
        assert (int(said), number.serial, number.item_id) == (serial, serial, item_id)
        assert link == f"{URL}/i/{code.replace('-', '')}"


async def test_files_follow_one_another(renderer: LabelRenderer) -> None:
    for layout in LAYOUTS.values():
        for quantity in (1, layout.per_page, MOST_LABELS_A_FILE, MOST_LABELS_A_FILE + 1, 10_000):
            files = label_files(quantity, layout)
            serials = [serial for file in files for serial in range(file.first_serial, file.last_serial + 1)]
            assert serials == list(range(quantity))
            assert [file.part for file in files] == list(range(1, len(files) + 1))
            assert all((file.last_serial + 1) % layout.per_page == 0 for file in files[:-1])
    assert code_files(1_000_000)[-1].last_serial == 999_999
    last = await labels(renderer).render(BATCH, ITEM_TYPE, 3, None, None)
    codes = replace(CODES, first_serial=4_200, last_serial=4_999)
    assert last == fill_sheets(replace(ORDER, codes=codes))


async def test_another_layout_may_be_named(renderer: LabelRenderer) -> None:
    one = replace(BATCH, quantity=1)
    drawn = await labels(renderer).render(one, ITEM_TYPE, 1, "roll-40x30", None)
    assert drawn == fill_sheets(replace(ORDER, layout="roll-40x30", codes=replace(CODES, last_serial=0)))


async def test_what_cannot_be_had_is_refused(renderer: LabelRenderer) -> None:
    service = labels(renderer)
    for part in (0, -1, 4):
        with pytest.raises(LabelFileUnknown):
            await service.render(BATCH, ITEM_TYPE, part, None, None)
    with pytest.raises(LabelFileUnknown):
        await service.csv(BATCH, 2)
    with pytest.raises(LabelLayoutUnknown):
        await service.render(BATCH, ITEM_TYPE, 1, "a4-71", None)
    with pytest.raises(ArtworkRefused) as no_room:
        await service.render(BATCH, ITEM_TYPE, 1, None, b"")
    assert no_room.value.errors[0].code == "no_room"
    with pytest.raises(UnknownKey):
        await service.csv(replace(BATCH, kid=2), 1)
    assert renderer.pid is None
    with pytest.raises(ArtworkRefused) as unreadable:
        await service.render(replace(BATCH, quantity=1), ITEM_TYPE, 1, "roll-60x40", b"no picture")
    assert unreadable.value.errors[0].code == "unreadable"


async def test_an_order_that_fails_does_not_end_the_worker(renderer: LabelRenderer) -> None:
    await renderer.fill_sheets(ORDER)
    worker = renderer.pid
    with pytest.raises(LabelsUnavailable):
        await renderer.fill_sheets(replace(ORDER, layout="none such"))
    assert await renderer.fill_sheets(ORDER)
    assert renderer.pid == worker


async def test_a_worker_killed_at_rest_is_replaced(renderer: LabelRenderer) -> None:
    first = await renderer.fill_sheets(ORDER)
    killed = renderer.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert await renderer.fill_sheets(ORDER) == first
    assert renderer.pid != killed


async def test_a_worker_killed_at_work_is_replaced_and_the_work_done_again(renderer: LabelRenderer) -> None:
    await renderer.fill_sheets(ORDER)
    killed = renderer.pid
    assert killed is not None
    long = asyncio.create_task(renderer.fill_sheets(replace(ORDER, codes=replace(CODES, last_serial=1_999))))
    await asyncio.sleep(0.1)
    assert not long.done()
    os.kill(killed, signal.SIGKILL)
    assert (await long).startswith(b"%PDF")
    assert renderer.pid != killed


async def test_a_worker_that_hangs_is_given_up() -> None:
    renderer = LabelRenderer(answered_within_s=1.5)
    await renderer.fill_sheets(ORDER)
    stopped = renderer.pid
    assert stopped is not None
    os.kill(stopped, signal.SIGSTOP)
    with pytest.raises(LabelsUnavailable):
        await renderer.fill_sheets(ORDER)
    assert await renderer.fill_sheets(ORDER)
    assert not psutil.pid_exists(stopped)
    await renderer.close()


async def test_whoever_goes_away_leaves_no_answer_to_the_next(renderer: LabelRenderer) -> None:
    await renderer.fill_sheets(ORDER)
    gone = asyncio.create_task(renderer.fill_sheets(replace(ORDER, codes=replace(CODES, last_serial=1_999))))
    await asyncio.sleep(0.1)
    gone.cancel()
    assert await renderer.fill_sheets(ORDER) == fill_sheets(ORDER)
    assert gone.cancelled()


async def test_the_queue_has_an_end(renderer: LabelRenderer) -> None:
    tasks = [asyncio.create_task(renderer.fill_sheets(ORDER)) for _ in range(5)]
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(end) for end in ends] == [bytes] * 3 + [TooBusy] * 2


async def test_close_ends_the_worker() -> None:
    renderer = LabelRenderer()
    await renderer.fill_sheets(ORDER)
    worker = renderer.pid
    assert worker is not None
    await renderer.close()
    assert not psutil.pid_exists(worker)
    assert renderer.pid is None


PARENT = """
import asyncio
from server.label_renderer import LabelRenderer
from services.items.label_orders import CodeRange
async def main():
    renderer = LabelRenderer()
    await renderer.write_codes(
        CodeRange(number=1, kid=1, secret=bytes(32), first_serial=0, last_serial=1, public_url="https://codes.city.cn")
    )
    print(renderer.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def test_the_worker_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    assert worker.is_running()
    parent.kill()
    parent.wait()
    psutil.wait_procs([worker], timeout=10)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


async def test_the_worker_sees_no_settings_and_orders_do_not_show_their_secret(
    renderer: LabelRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHENGMA_MASTER_KEY", "not for the worker")
    await renderer.write_codes(CODES)
    assert not [name for name in psutil.Process(renderer.pid).environ() if name.startswith("CHENGMA_")]
    assert "secret" not in repr(ORDER)
