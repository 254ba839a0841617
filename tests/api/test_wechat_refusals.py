"""What a citizen is told when WeChat refuses, stalls or is misconfigured; by the stand-in's switches."""

import time
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.house import House, accepted, refused, unique

PATH = "/sns/jscode2session"
# A call to WeChat takes 3 s at most, tries and pauses included.
LONGEST_ANSWER_S = 8.0


@pytest.fixture(scope="module")
def stand_in(house: House) -> str:
    words = house.server.get_child("wechat-sandbox").cmdline()
    return f"http://127.0.0.1:{words[words.index('--port') + 1]}"


@pytest.fixture(autouse=True)
async def _no_faults_stay(house: House, stand_in: str) -> AsyncIterator[None]:
    yield
    assert (await house.client.delete(f"{stand_in}/sandbox/faults")).status_code == 204


async def log_in(house: House) -> httpx.Response:
    return await house.nobody.post("/auth/wechat", json={"code": f"sandbox-{unique('refused')[:40]}"})


async def order(house: House, stand_in: str, **fault: object) -> None:
    answer = await house.client.post(f"{stand_in}/sandbox/faults", json={"path": PATH, **fault})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("errcode", "status", "code"),
    [
        (40029, 401, "wechat_code_refused"),
        (40163, 401, "wechat_code_refused"),
        (40226, 403, "wechat_user_blocked"),
        (45011, 429, "wechat_busy"),
        (45009, 503, "wechat_quota_exhausted"),
        (40013, 503, "wechat_misconfigured"),
        (40125, 503, "wechat_misconfigured"),
        (-1, 503, "wechat_unavailable"),
    ],
)
async def test_each_refusal_of_wechat_has_its_name(
    house: House, stand_in: str, errcode: int, status: int, code: str
) -> None:
    people = await house.count("citizens"), await house.count("sessions")
    await order(house, stand_in, errcode=errcode, times=100)
    refused(await log_in(house), status, code)
    assert (await house.count("citizens"), await house.count("sessions")) == people


async def test_one_busy_answer_of_wechat_is_survived(house: House, stand_in: str) -> None:
    await order(house, stand_in, errcode=-1, times=1)
    accepted(await log_in(house))


async def test_silence_of_wechat_is_bounded(house: House, stand_in: str) -> None:
    await order(house, stand_in, hang=True, times=100)
    began = time.monotonic()
    refused(await log_in(house), 503, "wechat_unavailable")
    assert time.monotonic() - began < LONGEST_ANSWER_S
    # Others are not kept waiting by it.
    accepted(await house.nobody.get("/venues"))
