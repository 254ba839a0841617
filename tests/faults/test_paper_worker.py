"""The process that draws papers: the same files as here, replaced when it dies, one bad order ends nothing."""

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import psutil
import pytest

from qr.plate_artwork import Face
from server.paper_clerk import PaperClerk
from server.paper_wire import order_message
from services.patrols.errors import PapersUnavailable
from services.patrols.plates.papers import PlateForm, PlateOrder, draw_plate

FACE = Face(
    link="https://codes.example.cn/o/0410601jd",
    number="01JD-0000",
    name="示例面馆",
    name_en="Example noodles",
    title="清真食品经营监督牌",
    title_en="Halal food supervision",
)
ORDER = PlateOrder(form=PlateForm.PDF, faces=(FACE, replace(FACE, name="示例二店")), office_name="示例局", seal=None)


@pytest.fixture
async def clerk() -> AsyncIterator[PaperClerk]:
    made = PaperClerk()
    yield made
    await made.close()


@pytest.mark.parametrize("form", PlateForm)
async def test_papers_are_drawn_elsewhere_and_the_same(clerk: PaperClerk, form: PlateForm) -> None:
    order = replace(ORDER, form=form)
    assert await clerk.draw(order) == draw_plate(order)
    assert clerk.pid not in {None, os.getpid()}


async def test_an_order_that_fails_does_not_end_the_worker(clerk: PaperClerk) -> None:
    await clerk.draw(ORDER)
    worker = clerk.pid
    for bad in (replace(ORDER, seal=b"no picture"), replace(ORDER, faces=())):
        with pytest.raises(PapersUnavailable):
            await clerk.draw(bad)
    assert await clerk.draw(ORDER)
    assert clerk.pid == worker


async def test_a_worker_killed_at_rest_is_replaced_and_close_ends_it(clerk: PaperClerk) -> None:
    first = await clerk.draw(ORDER)
    assert clerk.pid is not None
    os.kill(clerk.pid, signal.SIGKILL)
    assert await clerk.draw(ORDER) == first
    worker = clerk.pid
    assert worker is not None
    await clerk.close()
    assert not psutil.pid_exists(worker)


async def test_a_worker_that_hangs_is_given_up() -> None:
    clerk = PaperClerk(answered_within_s=6)
    await clerk.draw(ORDER)
    assert clerk.pid is not None
    os.kill(clerk.pid, signal.SIGSTOP)
    with pytest.raises(PapersUnavailable):
        await clerk.draw(ORDER)
    assert await clerk.draw(ORDER)
    await clerk.close()


def test_nobody_draws_what_is_not_in_the_list() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Stranger:
        text: str

    with pytest.raises(KeyError):
        order_message(Stranger(text="x"))


async def test_the_worker_sees_no_settings(clerk: PaperClerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGMA_MASTER_KEY", "not for the worker")
    await clerk.draw(ORDER)
    assert not [name for name in psutil.Process(clerk.pid).environ() if name.startswith("CHENGMA_")]
