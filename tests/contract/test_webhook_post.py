"""Real requests to receivers: what is sent and read, and that nothing reaches an address it must not."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tornado.netutil import DefaultLoopResolver

from server.sync import webhook_post
from server.sync.webhook_post import WebhookPost
from services.webhooks.addresses import THIS_MACHINE, Reach
from services.webhooks.errors import PostFailed
from services.webhooks.model import Failure

DEMO, OUTSIDE = Reach(plain=THIS_MACHINE), Reach()


@asynccontextmanager
async def answering(answer: bytes, *, slowly_s: float = 0.0) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Run a server on this machine that answers anything with these bytes; yield its port, and what it was sent."""
    came: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(b"")
        head = await reader.readuntil(b"\r\n\r\n")
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        came[-1] = head + await reader.readexactly(length)
        for start in range(0, len(answer), 8 if slowly_s else len(answer)):
            writer.write(answer[start : start + (8 if slowly_s else len(answer))])
            await asyncio.sleep(slowly_s)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], came
    finally:
        server.close()


def whole(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join((*lines, "", "")).encode() + body


@asynccontextmanager
async def poster(reach: Reach) -> AsyncIterator[WebhookPost]:
    post = WebhookPost(reach)
    yield post
    post.close()


async def failure_of(reach: Reach, url: str) -> Failure:
    async with poster(reach) as post:
        with pytest.raises(PostFailed) as failed:
            await post.post(url, {}, b"{}")
    assert str(failed.value) == failed.value.failure
    return Failure(failed.value.failure)


async def test_a_message_goes_out_and_the_answer_comes_back() -> None:
    async with answering(whole("204 No Content", "Retry-After: 7")) as (port, came), poster(DEMO) as post:
        answer = await post.post(f"http://127.0.0.1:{port}/hook?x=1", {"webhook-id": "event-1"}, b'{"a":1}')
        assert (answer.status, answer.headers["retry-after"]) == (204, "7")
        assert came[0].startswith(b"POST /hook?x=1 HTTP/1.1\r\n")
        assert came[0].endswith(b'\r\n\r\n{"a":1}')
        assert b"webhook-id: event-1" in came[0].lower()
        answer = await post.ask(f"http://localhost:{port}/hook", {"WebHook-Request-Origin": "x"})
        assert came[1].startswith(b"OPTIONS /hook HTTP/1.1\r\n")


async def test_redirects_are_not_followed() -> None:
    async with answering(whole("204 No Content")) as (inside, reached):
        redirect = whole("307 Temporary Redirect", f"Location: http://127.0.0.1:{inside}/")
        async with answering(redirect) as (port, _), poster(DEMO) as post:
            assert (await post.post(f"http://127.0.0.1:{port}/", {}, b"{}")).status == 307
            assert (await post.ask(f"http://127.0.0.1:{port}/", {})).status == 307
        assert reached == []


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0"),
        *("169.254.169.254", "10.0.0.1", "[fd00:ec2::254]", socket.gethostname()),
    ],
)
async def test_nothing_inside_is_reached(host: str) -> None:
    async with answering(whole("204 No Content")) as (port, came):
        for scheme in ("https", "http"):
            failure = await failure_of(OUTSIDE, f"{scheme}://{host}:{port}/")
            assert failure in {Failure.ADDRESS_REFUSED, Failure.UNREACHABLE}
        assert came == []


async def test_a_name_is_judged_by_all_its_addresses_at_each_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an attacker's own name server would have it: public when it is looked at, inside when it matters."""
    answers: list[list[str]] = []

    async def resolve(_: Any, __: str, port: int, *___: Any) -> list[tuple[int, Any]]:
        return [(socket.AF_INET, (address, port)) for address in answers.pop(0)]

    monkeypatch.setattr(DefaultLoopResolver, "resolve", resolve)
    async with answering(whole("204 No Content")) as (port, came):
        for addresses in (["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], []):
            answers[:] = [addresses, ["127.0.0.1"]]
            assert await failure_of(OUTSIDE, f"https://rebinding.example:{port}/") is Failure.ADDRESS_REFUSED
            assert len(answers) == 1  # it was looked up once, so there was no second answer to go by
        assert came == []


async def test_demo_mode_reaches_this_machine_only() -> None:
    for host in ("10.0.0.1", "169.254.169.254", "[fe80::1]"):
        assert await failure_of(DEMO, f"http://{host}/") in {Failure.ADDRESS_REFUSED, Failure.UNREACHABLE}


async def test_a_closed_door_and_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert await failure_of(DEMO, f"http://127.0.0.1:{port}/") is Failure.UNREACHABLE
    async with answering(b"nonsense\r\n\r\n") as (port, _):
        assert await failure_of(DEMO, f"http://127.0.0.1:{port}/") is Failure.NO_ANSWER
    monkeypatch.setattr(webhook_post, "WITHIN_S", 0.3)
    async with answering(whole("204 No Content") * 10, slowly_s=0.2) as (port, _):
        started = time.monotonic()
        assert await failure_of(DEMO, f"http://127.0.0.1:{port}/") is Failure.NO_ANSWER
        assert time.monotonic() - started < 2


async def test_plain_http_where_tls_is_meant_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_post, "WITHIN_S", 1.0)
    async with answering(whole("204 No Content")) as (port, _):
        failure = await failure_of(DEMO, f"https://127.0.0.1:{port}/")
        assert failure in {Failure.NO_ANSWER, Failure.UNREACHABLE}


HUGE: tuple[Callable[[], bytes], ...] = (
    lambda: whole("200 OK", body=b"x" * 5_000_000),
    lambda: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1000\r\n" + b"x" * 4096 + b"\r\n" * 9,
    lambda: b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz",
)


@pytest.mark.parametrize("body", HUGE)
async def test_of_an_answer_only_the_head_counts(body: Callable[[], bytes]) -> None:
    async with answering(body()) as (port, _), poster(DEMO) as post:
        assert (await post.post(f"http://127.0.0.1:{port}/", {}, b"{}")).status == 200


async def test_a_head_without_end_is_no_answer() -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000) as (port, _):
        assert await failure_of(DEMO, f"http://127.0.0.1:{port}/") is Failure.NO_ANSWER
