"""The settings of each section, as the rest of the process sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.notifications.model import NoticeKind
from services.notifications.templates import Template
from services.webhooks.addresses import Network


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """Where to listen, with how many processes, and where local data lives.

    `public_url` is how phones reach us, without a slash at the end: it begins every printed code.
    """

    host: str
    port: int
    workers: int
    data_dir: Path
    public_url: str
    drain_s: float
    behind_proxy: bool


@dataclass(frozen=True, kw_only=True)
class MongoConfig:
    """Which database; an empty `uri` means the embedded server."""

    uri: str
    database: str
    pool_size: int


@dataclass(frozen=True, kw_only=True)
class RedisConfig:
    """Which Redis; an empty `url` means the embedded server."""

    url: str


@dataclass(frozen=True, kw_only=True)
class WeChatConfig:
    """Which WeChat app; an empty `app_id` means the local stand-in."""

    app_id: str
    base_url: str
    timeout_s: float


@dataclass(frozen=True, kw_only=True)
class SessionConfig:
    """How long tokens live, in seconds."""

    access_ttl_s: int
    refresh_ttl_s: int


@dataclass(frozen=True, kw_only=True)
class RateLimitConfig:
    """Requests a minute, for one address or one account."""

    per_address: int
    per_account: int
    log_in_per_address: int
    wechat_log_in_per_address: int
    log_in_per_account: int
    public_misses_per_address: int
    complaints_per_address: int
    public_photos_per_address: int


@dataclass(frozen=True, kw_only=True)
class TransparencyConfig:
    """What the logs of items and of patrols are called, and how often each states its size and root, in seconds."""

    origin: str
    patrols_origin: str
    checkpoint_every_s: int


@dataclass(frozen=True, kw_only=True)
class PatrolsConfig:
    """What is printed on plates beside their codes; `seal_file` is a PNG or JPEG picture."""

    office_name: str
    seal_file: Path | None


@dataclass(frozen=True, kw_only=True)
class PhotosConfig:
    """Where pictures are kept, an empty endpoint meaning the database; and the font of watermarks."""

    s3_endpoint: str
    s3_bucket: str
    s3_region: str
    font_file: Path | None


@dataclass(frozen=True, kw_only=True)
class SyncConfig:
    """Whom the records go to, and what this instance is called there.

    `process` tells whether this machine runs a sync process beside its workers. An empty `main_uri` means no main
    system; in demo mode, a database beside our own. `intake_database` is where instances below this one deliver, empty
    where there are none. `reconcile_at` is a time of day in the city, empty for never.
    """

    process: bool
    instance: str
    level: str
    main_uri: str = field(repr=False)
    main_database: str
    intake_database: str
    lag_objective_s: int
    reconcile_at: str
    inbound: str


@dataclass(frozen=True, kw_only=True)
class WebhooksConfig:
    """The networks beside the public internet that webhooks may be sent to."""

    networks: tuple[Network, ...]


@dataclass(frozen=True, kw_only=True)
class NoticesConfig:
    """The templates of messages to visitors; kinds without one are not sent."""

    templates: Mapping[NoticeKind, Template]


@dataclass(frozen=True, kw_only=True)
class LoggingConfig:
    """How much is logged."""

    level: str
