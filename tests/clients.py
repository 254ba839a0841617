"""Machine clients for tests: keys, clients, and a clock that can be put on."""

from datetime import UTC, datetime
from typing import Any

from ulid import ULID

from services.clients.model import Client, ClientScope, ClientSecret, ClientWish
from services.clients.tokens import ClientTokens
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.keys.model import Key, KeyPurpose, Keys, KeyState

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ISSUER = "https://codes.example.cn"
AUDIENCE = f"{ISSUER}/api/v1/open"
CITY = "310000"
ADMIN = Actor(id="stf_admin", role=Role.CITY_ADMIN, scopes=(Scope(level=ScopeLevel.CITY, id=CITY),), session_id="ses_1")
WISH = ClientWish(
    name="示例平台",
    scopes=(ClientScope.RECORDS_READ, ClientScope.STATISTICS_READ),
    districts=None,
    requests_per_minute=60,
    requests_per_day=1000,
)


def client_key(kid: int, state: KeyState = KeyState.ACTIVE) -> Key:
    return Key(purpose=KeyPurpose.CLIENT_TOKENS, kid=kid, state=state, secret=bytes([kid]) * 32, created_at=NOW)


def tokens_of(*keys: Key, issuer: str = ISSUER, audience: str = AUDIENCE) -> ClientTokens:
    return ClientTokens(Keys(all=keys or (client_key(1),)), issuer=issuer, audience=audience)


def a_client(**changes: Any) -> Client:
    values: dict[str, Any] = {
        "id": f"cli_{ULID()}",
        "city_id": CITY,
        "name": "示例平台",
        "scopes": (ClientScope.RECORDS_READ, ClientScope.STATISTICS_READ),
        "districts": None,
        "requests_per_minute": 60,
        "requests_per_day": 1000,
        "secrets": (ClientSecret(digest="d1", made_at=NOW, valid_until=None),),
        "generation": 1,
        "version": 1,
        "made_by": "stf_admin",
        "made_at": NOW,
        "changed_at": NOW,
        "suspended_at": None,
    }
    return Client(**values | changes)
