"""Notices through our WeChat client to the stand-in, over HTTP: each of its refusals, silence, and nobody there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.visits.wechat_notices import DirectoryNames, SealedAddresses, WeChatSender
from server.wechat.assembly import process_tokens
from server.wechat.client import WeChatClient
from server.wechat_sandbox.app import listen
from server.wechat_sandbox.handlers import Sandbox
from server.wechat_sandbox.switches import Switches
from services.common.clock import SystemClock
from services.common.mongo import Mongo
from services.identity.mongo import MongoCitizens
from services.notifications.model import Notice, NoticeCall, NoticeKind, NoticeState
from services.notifications.mongo import NOTICES
from services.notifications.templates import read_template
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from tests.contract.wechat import APP_ID, SECRET, SEND, base_url, sandbox, stand_in
from tests.factories import NOW, new_id
from tests.notices import TEMPLATES, Hand, Post, make_call

__all__ = ["base_url", "sandbox", "stand_in"]

PATIENCE_S = 0.5
KIND = NoticeKind.BOOKING_CONFIRMED


def make_client(base_url: str) -> WeChatClient:
    tokens = process_tokens(
        base_url=base_url, app_id=APP_ID, app_secret=SECRET, timeout_s=PATIENCE_S, clock=SystemClock()
    )
    return WeChatClient(base_url=base_url, app_id=APP_ID, app_secret=SECRET, tokens=tokens, timeout_s=PATIENCE_S)


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def client(base_url: str) -> AsyncIterator[WeChatClient]:
    client = make_client(base_url)
    yield client
    await client.close()


@pytest.fixture
async def post(mongo: Mongo, clock: Hand, client: WeChatClient, stand_in: Switches) -> Post:
    """A worker whose one address has five accepts at the stand-in, too."""
    await mongo.collection(NOTICES).delete_many({})
    await stand_in.accept("sandbox-li", TEMPLATES[KIND].id, 5)
    return Post(mongo=mongo, clock=clock, sender=WeChatSender(wechat=client))


async def told(post: Post) -> NoticeCall:
    call = make_call()
    await post.tell(call, accepts=2)
    await post.go_on()
    return call


async def much_later(post: Post, clock: Hand, call: NoticeCall) -> Notice:
    for _ in range(3):
        clock.pass_by(minutes=30)  # less than a token lives
        await post.work.give_up_stale()
        await post.go_on()
    return await post.only(call)


async def test_a_message_arrives(post: Post, stand_in: Switches, clock: Hand) -> None:
    call = await told(post)
    assert (await much_later(post, clock, call)).state is NoticeState.SENT
    assert await stand_in.calls(SEND) == 1
    assert await post.left(call) == 1


async def test_43101_is_final_and_empties_the_ledger(post: Post, stand_in: Switches, clock: Hand) -> None:
    await stand_in.fault(SEND, errcode=43101, times=1)
    call = await told(post)
    notice = await much_later(post, clock, call)
    assert (notice.state, notice.code) == (NoticeState.REFUSED, "subscription_refused")
    assert await stand_in.calls(SEND) == 1
    assert await post.left(call) == 0


async def test_a_person_without_accepts_at_wechat_is_refused(post: Post, stand_in: Switches) -> None:
    post.places.address = "sandbox-other"
    call = await told(post)
    assert (await post.only(call)).state is NoticeState.REFUSED
    assert await stand_in.calls(SEND) == 1


@pytest.mark.parametrize(
    ("errcode", "code"),
    [
        (45009, "wechat_quota_exhausted"),
        (45011, "wechat_busy"),
        (-1, "wechat_unavailable"),
        (99999, "wechat_unavailable"),
    ],
)
async def test_what_was_not_sent_for_certain_is_sent_later_once(
    post: Post, stand_in: Switches, clock: Hand, errcode: int, code: str
) -> None:
    await stand_in.fault(SEND, errcode=errcode, times=2)
    call = await told(post)
    waiting = await post.only(call)
    assert (waiting.state, waiting.code) == (NoticeState.WAITING, code)
    assert await post.left(call) == 2
    assert await stand_in.calls(SEND) == 1
    notice = await much_later(post, clock, call)
    assert (notice.state, notice.code, notice.tries) == (NoticeState.SENT, None, 3)
    assert await stand_in.calls(SEND) == 3
    assert await post.left(call) == 1


async def test_a_quota_rests_everybody(post: Post, stand_in: Switches, clock: Hand) -> None:
    await stand_in.fault(SEND, errcode=45009, times=1)
    await told(post)
    other = make_call()
    await post.tell(other)
    await post.go_on()
    clock.pass_by(seconds=29)
    await post.go_on()
    assert await stand_in.calls(SEND) == 1
    clock.pass_by(seconds=32)
    await post.go_on()
    assert await stand_in.calls(SEND) == 3


@pytest.mark.parametrize("fault", [{"hang": True}, {"delay_s": 5.0}])
async def test_silence_leaves_it_uncertain_for_ever(
    post: Post, stand_in: Switches, clock: Hand, fault: dict[str, float]
) -> None:
    await stand_in.fault(SEND, times=1, **fault)
    call = await told(post)
    notice = await much_later(post, clock, call)
    assert (notice.state, notice.code) == (NoticeState.UNCERTAIN, "subscription_uncertain")
    await stand_in.clear_faults()
    assert await stand_in.calls(SEND) == 1
    assert await post.left(call) == 1


@pytest.mark.parametrize(
    ("template", "code"),
    [("t thing1=venue time2=starts_at", None), ("t thing1=advice phrase2=what number3=party_size", None)],
)
async def test_any_template_of_an_operators_is_taken(
    post: Post, stand_in: Switches, template: str, code: str | None
) -> None:
    await stand_in.accept("sandbox-li", "t", 1)
    found = read_template(template)
    assert found is not None
    call = make_call()
    await post.tell(call)
    await post.beside(templates={KIND: found}).go_on()
    notice = await post.only(call)
    assert (notice.state, notice.code) == (NoticeState.SENT, code)


@pytest.mark.parametrize(
    ("errcode", "code"),
    [(47003, "wechat_argument_refused"), (40003, "wechat_argument_refused"), (50002, "wechat_user_blocked")],
)
async def test_a_message_that_cannot_be_sent_gives_its_accept_back(
    post: Post, stand_in: Switches, clock: Hand, errcode: int, code: str
) -> None:
    await stand_in.fault(SEND, errcode=errcode, times=1)
    call = await told(post)
    notice = await much_later(post, clock, call)
    assert (notice.state, notice.code) == (NoticeState.FAILED, code)
    assert await stand_in.calls(SEND) == 1
    assert await post.left(call) == 2


async def test_an_unknown_template_waits_for_an_operator(post: Post, stand_in: Switches, clock: Hand) -> None:
    await stand_in.fault(SEND, errcode=40037, times=1)
    call = await told(post)
    assert (await post.only(call)).code == "wechat_misconfigured"
    assert (await much_later(post, clock, call)).state is NoticeState.SENT


async def test_with_nobody_there_it_waits_and_is_sent_once_when_somebody_is(
    mongo: Mongo, clock: Hand, sandbox: Sandbox
) -> None:
    server, port = listen(sandbox, 0)
    server.stop()
    await asyncio.sleep(0)
    client = make_client(f"http://127.0.0.1:{port}")
    post = Post(mongo=mongo, clock=clock, sender=WeChatSender(wechat=client))
    call = await told(post)
    assert (await post.only(call)).state is NoticeState.WAITING
    assert await post.left(call) == 2
    server, _ = listen(sandbox, port)
    sandbox.people.accept("sandbox-li", TEMPLATES[KIND].id, 5)
    assert (await much_later(post, clock, call)).state is NoticeState.SENT
    assert await Switches(f"http://127.0.0.1:{port}").calls(SEND) == 1
    server.stop()
    await client.close()


class Plain:
    """A cipher of this test's: the other way round."""

    async def encrypt(self, text: str) -> bytes:
        return text[::-1].encode()

    async def decrypt(self, ciphertext: bytes) -> str:
        return ciphertext.decode()[::-1]


async def test_an_address_is_kept_encrypted(mongo: Mongo) -> None:
    citizens, citizen_id = MongoCitizens(mongo), new_id("cit")
    sealed = await Plain().encrypt("sandbox-li")
    await citizens.get_or_add(openid_digest=new_id("digest"), openid=sealed, new_id=citizen_id, now=NOW)
    addresses = SealedAddresses(citizens=citizens, cipher=Plain())
    assert await addresses.find(citizen_id) == "sandbox-li"
    assert await addresses.find("cit_nobody") is None


async def test_a_venue_that_is_gone_has_no_name(mongo: Mongo, clock: Hand) -> None:
    names = DirectoryNames(venues=VenueDirectory(store=MongoVenues(mongo), clock=clock))
    assert await names.find("ven_gone") is None
