"""Webhooks from end to end: a sender that is killed, and the sandbox receiver that an integrator tries things with."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import pytest

from server.config_sections import MongoConfig
from server.embedded import PROJECT
from server.mongo import COLLECTIONS, connect_mongo
from services.common.clock import SystemClock
from services.common.mongo import Mongo
from services.keys.mongo import MongoFieldCipher
from services.sync.model import OutboxEvent
from services.webhooks.fanout import Fanout, Writing
from services.webhooks.model import Handshake, Secret, Subscription, SubscriptionState
from services.webhooks.mongo import DELIVERIES, MongoDeliveries, MongoSubscriptions
from services.webhooks.signing import ensure_signed, key_of, new_secret
from tests.e2e.sandbox import Sandbox, run_sandbox
from tests.processes import Stores
from tests.webhooks import added, make_subscription, make_told

WITHIN_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Office:
    """The side that sends: its database, its cipher and where events are told."""

    mongo: Mongo
    cipher: MongoFieldCipher
    fanout: Fanout
    stores: Stores
    database: str

    async def subscribe(self, url: str, secret: str) -> Subscription:
        now = datetime.now(UTC).replace(microsecond=0)
        made = make_subscription(
            url=url,
            state=SubscriptionState.PENDING,
            secret=Secret(current=await self.cipher.encrypt(secret), previous=None, previous_until=None),
            handshake=Handshake(tries=0, next_try_at=now, failure=None),
            created_at=now,
        )
        return await added(MongoSubscriptions(self.mongo), made)

    async def active(self, subscription: Subscription) -> None:
        """Wait until the receiver has agreed."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                kept = await MongoSubscriptions(self.mongo).find(subscription.id)
                if kept is not None and kept.state is SubscriptionState.ACTIVE:
                    return
                await asyncio.sleep(0.05)

    async def states(self, subscription: Subscription) -> list[str]:
        found = self.mongo.collection(DELIVERIES).find({"subscription_id": subscription.id}, {"state": 1})
        return sorted([str(one["state"]) async for one in found])

    async def all_done(self, subscription: Subscription, events: Sequence[OutboxEvent]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while await self.states(subscription) != ["done"] * len(events):  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.05)

    @contextmanager
    def sender(self) -> Iterator[subprocess.Popen[bytes]]:
        """Run a process that sends; it is killed in the end."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.webhook_sender", self.stores.mongodb_uri, self.database],
            cwd=PROJECT,
            env={**os.environ, "CHENGMA_MASTER_KEY": self.stores.master_key},
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
async def office(stores: Stores, database_name: str) -> AsyncIterator[Office]:
    mongo = connect_mongo(MongoConfig(uri=stores.mongodb_uri, database=database_name, pool_size=4))
    await mongo.create_indexes(COLLECTIONS)
    cipher = await MongoFieldCipher.open(mongo.client, database_name, base64.b64decode(stores.master_key))
    await cipher.make_data_key(mongo)
    fanout = Fanout(
        subscriptions=MongoSubscriptions(mongo),
        deliveries=MongoDeliveries(mongo),
        writing=Writing(source="https://city.example", secret=b"s" * 32),
        clock=SystemClock(),
    )
    yield Office(mongo=mongo, cipher=cipher, fanout=fanout, stores=stores, database=database_name)
    await mongo.collection(DELIVERIES).delete_many({})
    for one in await MongoSubscriptions(mongo).all():
        await MongoSubscriptions(mongo).remove(one.id)
    await cipher.close()
    await mongo.close()


@dataclass(kw_only=True, eq=False)
class Desk:
    """A receiver in the test itself, which may keep a sender waiting for its answer."""

    secret: str
    came: list[str] = field(default_factory=list)
    busy: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines[1:])}
        if lines[0].startswith("OPTIONS"):
            writer.write(b"HTTP/1.1 204 No Content\r\nWebHook-Allowed-Origin: city.example\r\n\r\n")
        else:
            body = await reader.readexactly(int(headers["content-length"]))
            self.came.append(ensure_signed(key_of(self.secret), headers, body, datetime.now(UTC)))
            await self.busy.wait()
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()


async def test_a_sender_killed_between_post_and_acknowledgement_loses_nothing(office: Office) -> None:
    desk = Desk(secret=new_secret())
    server = await asyncio.start_server(desk.serve, "127.0.0.1", 0)
    subscription = await office.subscribe(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", desk.secret)
    events = [make_told() for _ in range(5)]
    with office.sender() as first:
        await office.active(subscription)
        await office.fanout.tell(events)
        async with asyncio.timeout(WITHIN_S):
            while len(desk.came) < len(events):  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.02)
        first.send_signal(signal.SIGKILL)
    assert await office.states(subscription) == ["waiting"] * len(events)
    before = sorted(desk.came)
    desk.busy.set()
    with office.sender(), office.sender():
        await office.fanout.tell(events)
        await office.all_done(subscription, events)
    assert sorted(set(desk.came)) == sorted(set(before))
    assert all(desk.came.count(one) > before.count(one) for one in before)
    server.close()


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Callable[..., Sandbox]]:
    with ExitStack() as running:
        yield lambda *arguments, secret: running.enter_context(
            run_sandbox(tmp_path / "sandbox.txt", *arguments, secret=secret)
        )


async def test_the_sandbox_shows_retries_until_each_event_came_once(
    office: Office, sandbox: Callable[..., Sandbox]
) -> None:
    secret = new_secret()
    receiver = sandbox("--fail-first", "2", secret=secret)
    subscription = await office.subscribe(receiver.url + "hooks", secret)
    events = [make_told() for _ in range(3)]
    with office.sender():
        await office.active(subscription)
        await office.fanout.tell(events)
        await office.all_done(subscription, events)
        failed = receiver.await_said(2, "failed on purpose: ")
        told = receiver.await_events(3)
        assert len({one["id"] for one in told}) == 3
        assert set(failed) <= {one["id"] for one in told}
        assert {one["type"] for one in told} == {"cn.chengma.reservation.booked.v1"}
        # The same events again make nothing new; one that is asked for once more comes under its old id.
        await office.fanout.tell(events)
        await office.mongo.collection(DELIVERIES).update_one(
            {"_id": f"{subscription.id}:{events[0].id}"},
            {"$set": {"state": "waiting", "next_try_at": datetime.now(UTC)}},
        )
        [again] = receiver.await_events(1, "again: ")
        assert again["id"] in {one["id"] for one in told}


async def test_a_wrong_secret_is_refused_and_the_event_waits(office: Office, sandbox: Callable[..., Sandbox]) -> None:
    receiver = sandbox(secret=new_secret())
    subscription = await office.subscribe(receiver.url, new_secret())
    with office.sender():
        await office.active(subscription)
        await office.fanout.tell([make_told()])
        assert receiver.await_said(1, "refused: ") == ["no signature is right"]
        assert await office.states(subscription) == ["waiting"]
    kept = await office.mongo.collection(DELIVERIES).find_one({"subscription_id": subscription.id})
    assert kept is not None
    assert kept["tries"] == 0 or kept["last_status"] == HTTPStatus.UNAUTHORIZED


def test_the_sandbox_refuses_a_secret_that_is_none() -> None:
    ended = subprocess.run(
        [PROJECT / "scripts" / "webhook_receiver", "--port", "0"],
        env={**os.environ, "WEBHOOK_SECRET": "whsec_!"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "whsec_ and base64" in ended.stderr
