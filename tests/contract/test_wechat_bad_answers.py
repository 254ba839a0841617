"""Our client against servers that answer what WeChat never should."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable

import pytest

from server.wechat.client import WeChatClient
from server.wechat.model import SubscriptionMessage
from services.identity.wechat_errors import SubscriptionUncertain, WeChatUnavailable

PLENTY_S = 20.0
MESSAGE = SubscriptionMessage(openid="o", template_id="t", data={"thing1": "a"})


class FixedToken:
    """A token source for servers that do not look at tokens."""

    async def current(self) -> str:
        return "token"

    async def refresh(self, bad_token: str) -> str:
        return bad_token

    async def close(self) -> None:
        pass


def http(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def says(content: object) -> bytes:
    return http(json.dumps(content).encode(), "200 OK", "Content-Type: application/json")


class RudeServer:
    """Sends the same bytes to everybody, then hangs up; counts who came."""

    def __init__(self, answer: bytes) -> None:
        self.visits = 0
        self._answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        head = await reader.readuntil(b"\r\n\r\n")
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        await reader.readexactly(int(length[0].split(b":")[1]) if length else 0)
        with contextlib.suppress(ConnectionError):
            writer.write(self._answer)
            await writer.drain()
        if not self._answer:
            linger = struct.pack("ii", 1, 0)  # hang up with a reset instead of an orderly end
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()


@contextlib.asynccontextmanager
async def rude(answer: bytes) -> AsyncIterator[tuple[RudeServer, WeChatClient]]:
    server = RudeServer(answer)
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        client = WeChatClient(
            base_url=f"http://127.0.0.1:{port}/",
            app_id="wx",
            app_secret="secret",
            tokens=FixedToken(),
            timeout_s=PLENTY_S,
        )
        yield server, client
        await client.close()


UNREADABLE = {
    "nothing": http(b""),
    "html": http(b"<html>502</html>"),
    "a list": says([]),
    "a wrong errcode": says({"errcode": "0"}),
    "a server error": http(b'{"openid": "o", "errcode": 0}', "502 Bad Gateway"),
    "a redirect": http(b"{}", "302 Found", "Location: http://127.0.0.1:1/"),
    "too much": http(b'{"errcode": 0, "pad": "' + b"x" * 1_100_000 + b'"}'),
    "too much, in chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 20
    + b"0\r\n\r\n",
    "half an answer": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
    "no http": b"220 mail.example ESMTP\r\n\r\n",
    "a reset": b"",
    "compressed": http(b"\x1f\x8b\x08\x00", "200 OK", "Content-Encoding: gzip"),
}


@pytest.mark.parametrize("answer", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read_is_asked_for_three_times_and_a_message_sent_once(answer: bytes) -> None:
    async with rude(answer) as (server, client):
        for visits, use in (
            (3, lambda: client.exchange_code("code")),
            (3, lambda: client.get_phone_number("code")),
            (3, lambda: client.draw_unlimited_code("a", "b")),
            (1, lambda: client.send_subscription(MESSAGE)),
        ):
            server.visits = 0
            with pytest.raises(WeChatUnavailable) as refused:
                await use()
            assert server.visits == visits
        assert isinstance(refused.value, SubscriptionUncertain)


Use = Callable[[WeChatClient], object]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"openid": ""},
        {"openid": 7},
        {"openid": "o" * 513},
        {"openid": "o", "unionid": 7},
        {"openid": "o", "unionid": "u" * 513},
    ],
)
async def test_an_identity_of_the_wrong_shape_is_not_believed(answer: dict[str, object]) -> None:
    async with rude(says(answer)) as (server, client):
        with pytest.raises(WeChatUnavailable):
            await client.exchange_code("code")
        assert server.visits == 1


async def test_a_unionid_is_passed_on() -> None:
    async with rude(says({"openid": "o", "unionid": "u", "session_key": "k"})) as (_, client):
        identity = await client.exchange_code("code")
    assert (identity.openid, identity.unionid) == ("o", "u")
    assert not hasattr(identity, "session_key")


@pytest.mark.parametrize("answer", [{"errcode": 0}, {"phone_info": []}, {"phone_info": {"phoneNumber": None}}])
async def test_a_number_of_the_wrong_shape_is_not_believed(answer: dict[str, object]) -> None:
    async with rude(says(answer)) as (_, client):
        with pytest.raises(WeChatUnavailable):
            await client.get_phone_number("code")


async def test_json_instead_of_a_picture_is_not_believed() -> None:
    async with rude(says({"errcode": 0, "errmsg": "ok"})) as (_, client):
        with pytest.raises(WeChatUnavailable):
            await client.draw_unlimited_code("a", "b")


async def test_a_jpeg_is_a_picture_too() -> None:
    async with rude(http(b"\xff\xd8\xff\xe0rest")) as (_, client):
        assert await client.draw_unlimited_code("a", "b") == b"\xff\xd8\xff\xe0rest"


@pytest.mark.parametrize("answer", [says({}), http(b"\xff\xd8\xff\xe0rest")])
async def test_only_an_explicit_yes_means_that_a_message_was_sent(answer: bytes) -> None:
    async with rude(answer) as (server, client):
        with pytest.raises(SubscriptionUncertain):
            await client.send_subscription(MESSAGE)
        assert server.visits == 1
