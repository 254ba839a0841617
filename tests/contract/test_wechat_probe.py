"""Readiness' look at WeChat, over real connections."""

import asyncio

import pytest

from server.wechat.probe import WeChatProbe
from services.identity.wechat_errors import WeChatUnavailable
from tests.processes import free_port


async def test_what_was_found_counts_for_a_while_and_is_then_asked_anew() -> None:
    connections = 0

    def count(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.close()

    server = await asyncio.start_server(count, "127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    reach, impatient = WeChatProbe(base_url), WeChatProbe(base_url, known_for_s=0)
    await impatient()
    for _ in range(5):
        await reach()
    server.close()
    await server.wait_closed()
    await reach()
    assert connections == 2
    with pytest.raises(WeChatUnavailable):
        await impatient()


async def test_where_nobody_listens_it_is_away() -> None:
    with pytest.raises(WeChatUnavailable):
        await WeChatProbe(f"http://127.0.0.1:{free_port()}")()


async def test_a_name_that_does_not_exist_is_away() -> None:
    with pytest.raises(WeChatUnavailable):
        await WeChatProbe("https://wechat.invalid")()
