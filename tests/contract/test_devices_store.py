"""Gate devices on the real database: one enrolment a code, tokens that are renewed in time, ends that hold."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from server.redis import RedisGuard, RedisSessionFlags, connect_redis, note_key
from services.admissions.devices import errors
from services.admissions.devices.model import DeviceRevokeReason, DeviceState, Enrolled, Heartbeat, Revocation
from services.admissions.devices.mongo import MongoDevices
from services.common.clock import SystemClock, UlidSource
from services.common.errors import DatabaseUnavailable
from services.common.mongo import Mongo
from services.identity.device_sessions import DEVICE_TOKEN_LASTS, RENEWED_WITHIN
from services.identity.errors import RoleForbidden, SessionEnded, TokenExpired
from services.identity.model import Actor
from services.identity.mongo import SESSIONS, MongoStaff
from services.identity.sessions import Sessions
from services.identity.tokens import AccessTokens, RefreshTokens
from services.keys.model import KeyPurpose, Keys, KeyState
from services.venues.errors import VenueUnknown
from services.venues.model import Venue
from tests.devices import KEYS, Gatehouse, HastyDevices, MeetingDevices, a_key, gatehouse_on
from tests.groups import MANAGER, STRANGER
from tests.processes import Stores
from tests.ratings import open_venue

ROUNDS = 5
TOGETHER = 4


@pytest.fixture
def house(mongo: Mongo) -> Gatehouse:
    return gatehouse_on(mongo)


@pytest.fixture
async def venue(mongo: Mongo) -> Venue:
    return await open_venue(mongo)


def actor_of(house: Gatehouse, enrolled: Enrolled) -> Actor:
    return house.access.read(enrolled.token.access_token, house.clock.now())


async def new_device(house: Gatehouse, venue: Venue) -> Enrolled:
    return await house.enrol((await house.enrolling.invite(MANAGER, venue.id, "示例")).enrolment_code)


async def beat(house: Gatehouse, token: str) -> str | None:
    """Send a heartbeat and return the new token, if one came."""
    actor = house.access.read(token, house.clock.now())
    heartbeat = Heartbeat(actor=actor, access_token=token, device_time=house.clock.now(), queued=0, app=None)
    answer = await house.beating.beat(heartbeat)
    return None if answer.token is None else answer.token.access_token


@pytest.mark.parametrize(("kind", "winners"), [(HastyDevices, TOGETHER), (MeetingDevices, 1)])
async def test_a_code_is_used_once_by_those_who_come_together(
    mongo: Mongo, venue: Venue, kind: type[HastyDevices | MeetingDevices], winners: int
) -> None:
    for _ in range(ROUNDS):
        both = asyncio.Barrier(TOGETHER)
        house = gatehouse_on(mongo, kind(mongo, both))
        invitation = await house.enrolling.invite(MANAGER, venue.id, "示例")
        answers = await asyncio.gather(
            *(house.enrol(invitation.enrolment_code) for _ in range(TOGETHER)), return_exceptions=True
        )
        lucky = [one for one in answers if isinstance(one, Enrolled)]
        assert len(lucky) == winners
        living = await house.sessions.find_living([one.token.session_id for one in lucky])
        assert len(living) == winners
        unlucky = [one for one in answers if not isinstance(one, Enrolled)]
        assert [type(one) for one in unlucky] == [errors.EnrolmentCodeUsed] * (TOGETHER - winners)
        # What the others began has ended: whoever revokes the device ends all that there is of it.
        of_device = mongo.collection(SESSIONS).find({"actor_id": invitation.device.id, "ended_at": None})
        assert len(await of_device.to_list()) == winners


async def test_a_device_that_is_revoked_as_it_enrols_has_no_session(mongo: Mongo, venue: Venue) -> None:
    for _ in range(ROUNDS * 4):
        house = gatehouse_on(mongo)
        invitation = await house.enrolling.invite(MANAGER, venue.id, "示例")
        device_id = invitation.device.id
        enrolled, revoked = await asyncio.gather(
            house.enrol(invitation.enrolment_code),
            house.keeping.revoke(MANAGER, device_id, DeviceRevokeReason.OTHER),
            return_exceptions=True,
        )
        assert getattr(revoked, "state", None) is DeviceState.REVOKED
        assert isinstance(enrolled, Enrolled | errors.EnrolmentCodeRefused | errors.EnrolmentCodeUsed)
        of_device = mongo.collection(SESSIONS).find({"actor_id": device_id, "ended_at": None})
        assert await of_device.to_list() == []


async def test_a_code_is_good_for_thirty_minutes(house: Gatehouse, venue: Venue) -> None:
    invitation = await house.enrolling.invite(MANAGER, venue.id, "示例")
    house.clock.ahead = timedelta(minutes=31)
    with pytest.raises(errors.EnrolmentCodeExpired):
        await house.enrol(invitation.enrolment_code)
    house.clock.ahead = timedelta(minutes=29)
    enrolled = await house.enrol(invitation.enrolment_code, behind=timedelta(seconds=3))
    assert (enrolled.skew_ms, enrolled.device.id) == (3000, invitation.device.id)
    kept = await house.store.find(enrolled.device.id)
    assert kept is not None
    assert (kept.state, kept.skew_ms, kept.app) == (DeviceState.ENROLLED, 3000, "turnstile 1")
    assert kept.session_id == enrolled.token.session_id


async def test_a_venue_has_room_for_so_many(house: Gatehouse, venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.admissions.devices.rules.MOST_DEVICES", 2)
    made = [(await house.enrolling.invite(MANAGER, venue.id, "示例")).device.id for _ in range(2)]
    with pytest.raises(errors.TooManyDevices):
        await house.enrolling.invite(MANAGER, venue.id, "示例")
    await house.keeping.revoke(MANAGER, made[0], DeviceRevokeReason.REPLACED)
    await house.enrolling.invite(MANAGER, venue.id, "示例")


async def test_strangers_see_nothing(house: Gatehouse, venue: Venue) -> None:
    enrolled = await new_device(house, venue)
    with pytest.raises(VenueUnknown):
        await house.enrolling.invite(STRANGER, venue.id, "示例")
    with pytest.raises(VenueUnknown):
        await house.keeping.list(STRANGER, venue.id, limit=9, after=None)
    with pytest.raises(errors.DeviceUnknown):
        await house.keeping.revoke(STRANGER, enrolled.device.id, DeviceRevokeReason.OTHER)
    with pytest.raises(RoleForbidden):
        await house.beating.beat(
            Heartbeat(actor=MANAGER, access_token="", device_time=house.clock.now(), queued=0, app=None)
        )


async def test_a_token_is_renewed_in_its_last_thirty_days(house: Gatehouse, venue: Venue) -> None:
    enrolled = await new_device(house, venue)
    first = enrolled.token.access_token
    assert await beat(house, first) is None
    house.clock.ahead = DEVICE_TOKEN_LASTS - RENEWED_WITHIN - timedelta(hours=1)
    assert await beat(house, first) is None
    house.clock.ahead = DEVICE_TOKEN_LASTS - timedelta(hours=1)
    second = await beat(house, first)
    assert second is not None
    assert actor_of(house, enrolled) == house.access.read(second, house.clock.now())
    # The answer may be lost: the first one goes on until its end, and brings another one.
    assert await beat(house, first) is not None
    house.clock.ahead = DEVICE_TOKEN_LASTS + timedelta(days=300)
    with pytest.raises(TokenExpired):
        house.access.read(first, house.clock.now())
    assert await beat(house, second) is None
    kept = await house.sessions.find(enrolled.token.session_id)
    assert kept is not None
    assert kept.expires_at > house.clock.now()


async def test_a_token_is_renewed_when_its_key_signs_no_more(mongo: Mongo, venue: Venue) -> None:
    before = gatehouse_on(mongo)
    enrolled = await new_device(before, venue)
    signing = KeyPurpose.SESSION_SIGNING
    others = [key for key in KEYS.all if key.purpose is not signing]
    rotated = Keys(all=(*others, a_key(signing, state=KeyState.RETIRING), a_key(signing, 2)))
    after = gatehouse_on(mongo, keys=rotated)
    token = await beat(after, enrolled.token.access_token)
    assert token is not None
    assert await beat(after, token) is None


async def test_what_is_revoked_is_not_renewed(house: Gatehouse, venue: Venue) -> None:
    enrolled = await new_device(house, venue)
    house.clock.ahead = DEVICE_TOKEN_LASTS - timedelta(days=1)
    revoked = await house.keeping.revoke(MANAGER, enrolled.device.id, DeviceRevokeReason.STOLEN)
    assert (revoked.revoke_reason, revoked.revoked_by) == (DeviceRevokeReason.STOLEN, MANAGER.id)
    assert house.notes.ended == [enrolled.token.session_id]
    with pytest.raises(SessionEnded):
        await beat(house, enrolled.token.access_token)
    # Its key is kept: what it signed before happened.
    kept = await house.store.find(enrolled.device.id)
    assert kept is not None
    assert kept.public_key is not None


class Dying(MongoDevices):
    """A store whose process dies before it notes a revocation."""

    async def claim_revocation(self, revocation: Revocation) -> bool:  # noqa: ARG002
        raise DatabaseUnavailable(retry_after_s=1)


async def test_a_revocation_that_is_cut_short_has_ended_the_session(mongo: Mongo, venue: Venue) -> None:
    house = gatehouse_on(mongo, Dying(mongo))
    enrolled = await new_device(house, venue)
    with pytest.raises(DatabaseUnavailable):
        await house.keeping.revoke(MANAGER, enrolled.device.id, DeviceRevokeReason.STOLEN)
    assert await house.sessions.find_living([enrolled.token.session_id]) == set()
    again = await gatehouse_on(mongo).keeping.revoke(MANAGER, enrolled.device.id, DeviceRevokeReason.STOLEN)
    assert again.state is DeviceState.REVOKED


class TestTheEndOfALongSession:
    """An end is noted for as long as the tokens of people live; tokens of devices live longer."""

    @pytest.fixture
    async def redis(self, stores: Stores) -> AsyncIterator[Redis]:
        redis = connect_redis(stores.redis_url)
        yield redis
        await redis.aclose()

    def sessions_with(self, mongo: Mongo, redis: Redis) -> Sessions:
        return Sessions(
            store=gatehouse_on(mongo).sessions,
            flags=RedisSessionFlags(redis, RedisGuard(), ended_ttl_s=900),
            staff=MongoStaff(mongo),
            access=AccessTokens(KEYS, ttl_s=900),
            refresh=RefreshTokens(b"r" * 32),
            clock=SystemClock(),
            ids=UlidSource(),
            ttl_s=3600,
        )

    async def test_it_holds_when_the_note_is_forgotten_and_when_the_session_is(
        self, mongo: Mongo, venue: Venue, redis: Redis
    ) -> None:
        house = gatehouse_on(mongo)
        enrolled, sessions = await new_device(house, venue), self.sessions_with(mongo, redis)
        actor, note = actor_of(house, enrolled), note_key(enrolled.token.session_id)
        await sessions.ensure_live(actor, None)
        assert await redis.get(note) == b"live"
        await sessions.end(actor)
        assert await redis.get(note) == b"ended"
        await redis.delete(note)  # as after fifteen minutes, or a restart of Redis
        with pytest.raises(SessionEnded):
            await sessions.ensure_live(actor, None)
        assert await redis.get(note) is None  # nobody notes it as live again
        await mongo.collection(SESSIONS).delete_one({"_id": enrolled.token.session_id})
        with pytest.raises(SessionEnded):
            await sessions.ensure_live(actor, None)

    async def test_it_holds_while_redis_is_away(self, mongo: Mongo, venue: Venue) -> None:
        nowhere = connect_redis("redis://127.0.0.1:1/0")
        house, sessions = gatehouse_on(mongo), self.sessions_with(mongo, nowhere)
        enrolled = await new_device(house, venue)
        actor = actor_of(house, enrolled)
        await sessions.ensure_live(actor, None)
        await sessions.end(actor)
        with pytest.raises(SessionEnded):
            await sessions.ensure_live(actor, None)
        await nowhere.aclose()


async def test_what_is_not_said_stays(mongo: Mongo, house: Gatehouse, venue: Venue) -> None:
    enrolled = await new_device(house, venue)
    first = await MongoDevices(mongo).find(enrolled.device.id)
    assert first is not None
    await beat(house, enrolled.token.access_token)
    second = await house.store.find(enrolled.device.id)
    assert second is not None
    assert second == replace(first, last_seen_at=second.last_seen_at, skew_ms=0, queued=0)
    assert (second.last_seen_at or datetime.now(UTC)) >= (first.last_seen_at or datetime.now(UTC))
