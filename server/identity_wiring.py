"""Puts together who is who: sessions, and the ways to log in."""

from dataclasses import dataclass

from server.config import Config
from server.wechat.client import WeChatClient
from services.common.clock import Clock, UlidSource
from services.common.mongo import Mongo
from services.common.protection import FieldCipher, KeyedDigest
from services.identity.citizen_login import CitizenLogin
from services.identity.device_sessions import DeviceSessions
from services.identity.mongo import MongoAttempts, MongoCitizens, MongoSessions, MongoStaff
from services.identity.passwords import Argon2Hasher
from services.identity.ports import SessionFlags
from services.identity.second_factor import SecondFactors
from services.identity.sessions import Sessions
from services.identity.staff_login import StaffLogin
from services.identity.tokens import AccessTokens, RefreshTokens
from services.keys.model import KeyPurpose, Keys


@dataclass(frozen=True, kw_only=True)
class IdentityParts:
    """What lets people in, and knows them afterwards."""

    access: AccessTokens
    sessions: Sessions
    devices: DeviceSessions
    second_factors: SecondFactors
    citizen_login: CitizenLogin
    staff_login: StaffLogin


def build_identity(
    config: Config,
    mongo: Mongo,
    keys: Keys,
    *,
    cipher: FieldCipher,
    digest: KeyedDigest,
    flags: SessionFlags,
    wechat: WeChatClient,
    clock: Clock,
) -> IdentityParts:
    """Put the services together."""
    staff, ids = MongoStaff(mongo), UlidSource()
    access = AccessTokens(keys, ttl_s=config.sessions.access_ttl_s)
    sessions = Sessions(
        store=MongoSessions(mongo),
        flags=flags,
        staff=staff,
        access=access,
        refresh=RefreshTokens(keys.active(KeyPurpose.REFRESH_TOKENS).secret),
        clock=clock,
        ids=ids,
        ttl_s=config.sessions.refresh_ttl_s,
    )
    second_factors = SecondFactors(staff=staff, cipher=cipher, clock=clock)
    return IdentityParts(
        access=access,
        sessions=sessions,
        devices=DeviceSessions(store=MongoSessions(mongo), flags=flags, access=access, clock=clock, ids=ids),
        second_factors=second_factors,
        citizen_login=CitizenLogin(
            wechat=wechat,
            citizens=MongoCitizens(mongo),
            sessions=sessions,
            cipher=cipher,
            digest=digest,
            clock=clock,
            ids=ids,
        ),
        staff_login=StaffLogin(
            staff=staff,
            attempts=MongoAttempts(mongo),
            hasher=Argon2Hasher(),
            second_factors=second_factors,
            sessions=sessions,
            digest=digest,
            clock=clock,
            demo=config.demo,
        ),
    )
