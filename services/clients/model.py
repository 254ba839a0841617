"""Machine clients, what they may do, and what they are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.sync.model import RecordKind


class ClientScope(StrEnum):
    """What a token allows (RFC 6749, section 3.3)."""

    RECORDS_READ = "records:read"
    STATISTICS_READ = "statistics:read"


@dataclass(frozen=True, kw_only=True)
class ClientSecret:
    """A secret by its keyed digest; it counts until `valid_until`, None for as long as it is the current one."""

    digest: str = field(repr=False)
    made_at: datetime
    valid_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Client:
    """A machine client of one city.

    `districts` are GB/T 2260 codes, None for the whole city. The current secret is the last of `secrets`.
    `generation` stands in every token: when it grows, the tokens from before are over. `version` grows with every
    change, and guards it.
    """

    id: str
    city_id: str
    name: str
    scopes: tuple[ClientScope, ...]
    districts: tuple[str, ...] | None
    requests_per_minute: int
    requests_per_day: int
    secrets: tuple[ClientSecret, ...]
    generation: int
    version: int
    made_by: str
    made_at: datetime
    changed_at: datetime
    suspended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ClientWish:
    """What a new client is to be."""

    name: str
    scopes: tuple[ClientScope, ...]
    districts: tuple[str, ...] | None
    requests_per_minute: int
    requests_per_day: int


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A client and a secret of it in the clear: shown once, or as they were sent."""

    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ClientClaim:
    """What a genuine token says."""

    client_id: str
    scopes: frozenset[ClientScope]
    generation: int
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class GrantedToken:
    """A token as its client gets it; `expires_in` are seconds."""

    access_token: str = field(repr=False)
    expires_in: int
    scopes: tuple[ClientScope, ...]


@dataclass(frozen=True, kw_only=True)
class QuotaStanding:
    """How a client stands after a request was counted: `used` of its day's requests, which ends in `resets_in_s`.

    `wait_s` are the seconds to wait where a quota is exhausted, else None.
    """

    used: int
    resets_in_s: int
    wait_s: int | None


@dataclass(frozen=True, kw_only=True)
class Mark:
    """That a record was delivered: `key` orders marks of one instant, `source_id` is what it is called here."""

    key: str
    source_id: str
    delivered_at: datetime


@dataclass(frozen=True, kw_only=True)
class OpenRecord:
    """A record as one client is shown it, by the data standard; `id` and ids in `data` are pseudonyms where it says.

    `changed_on` is a day in the city: of an admission, the instant would be that of entering.
    """

    kind: RecordKind
    id: str
    version: int
    standard: str
    district_id: str
    day: date
    changed_on: date
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FeedPage:
    """A stretch of a feed of changes; `next` is where to go on, at once if there is `more`, else later."""

    items: Sequence[OpenRecord]
    next: str
    more: bool
