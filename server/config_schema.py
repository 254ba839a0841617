"""The shape of the settings: every key, its type and its bounds."""

import re
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from services.notifications.errors import TemplateUnusable
from services.notifications.templates import read_template
from services.webhooks.addresses import read_networks

DEFAULT_DATA_DIR = "data"
LEVELS = ("debug", "info", "warning", "error")
SYNC_LEVELS = ("venue", "organisation", "district", "city")
DATABASE_NAME = r"^[a-z][a-z0-9_]{0,37}\Z"


class _DirectoryField(fields.Field[Path]):
    """A directory, absolute after loading."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Path:  # noqa: ARG002
        if not isinstance(value, str) or not value:
            raise self.make_error("invalid")
        return Path(value).expanduser().resolve()

    default_error_messages = {"invalid": "Not a path."}  # noqa: RUF012 -- marshmallow's own convention


class _FileField(fields.Field[Path]):
    """A file, absolute after loading; None where the text is empty."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Path | None:  # type: ignore[override]  # noqa: ARG002
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return Path(value).expanduser().resolve() if value else None

    default_error_messages = {"invalid": "Not a path."}  # noqa: RUF012 -- marshmallow's own convention


def _count(default: int, maximum: int) -> fields.Integer:
    return fields.Integer(load_default=default, validate=validate.Range(min=1, max=maximum))


def _address(*schemes: str) -> validate.Validator:
    pattern = "|".join(re.escape(scheme) for scheme in schemes)
    return validate.Regexp(rf"^((?:{pattern})\S+)?\Z", error=f"It must begin with one of: {', '.join(schemes)}")


def _log_name(default: str) -> fields.String:
    return fields.String(load_default=default, validate=validate.Regexp(r"^[!-*,-~]{1,100}\Z"))


class ServerSection(Schema):
    """Section `server`."""

    host = fields.String(load_default="127.0.0.1", validate=validate.Length(min=1))
    port = fields.Integer(load_default=8080, validate=validate.Range(min=1, max=65535))
    workers = _count(1, 64)
    data_dir = _DirectoryField(load_default=lambda: Path(DEFAULT_DATA_DIR).resolve())
    public_url = fields.String(load_default="", validate=_address("https://", "http://"))
    drain_s = fields.Float(load_default=10.0, validate=validate.Range(min=0, max=300))
    behind_proxy = fields.Boolean(load_default=False)


class MongoSection(Schema):
    """Section `mongodb`."""

    uri = fields.String(load_default="", validate=_address("mongodb://", "mongodb+srv://"))
    database = fields.String(load_default="chengma", validate=validate.Regexp(DATABASE_NAME))
    pool_size = _count(8, 500)


class RedisSection(Schema):
    """Section `redis`."""

    url = fields.String(load_default="", validate=_address("redis://", "rediss://", "unix://"))


class WeChatSection(Schema):
    """Section `wechat`."""

    app_id = fields.String(load_default="")
    base_url = fields.String(load_default="https://api.weixin.qq.com", validate=validate.Regexp(r"^https?://\S+$"))
    timeout_s = fields.Float(load_default=3.0, validate=validate.Range(min=0.1, max=30))


class SessionSection(Schema):
    """Section `sessions`."""

    access_ttl_s = _count(900, 86400)
    refresh_ttl_s = _count(2592000, 31536000)


class RateLimitSection(Schema):
    """Section `rate_limits`."""

    per_address = _count(30_000, 10_000_000)
    per_account = _count(600, 10_000_000)
    log_in_per_address = _count(60, 10_000_000)
    wechat_log_in_per_address = _count(3000, 10_000_000)
    log_in_per_account = _count(20, 10_000_000)
    public_misses_per_address = _count(30, 10_000_000)
    complaints_per_address = _count(5, 10_000_000)
    public_photos_per_address = _count(20, 10_000_000)


class TransparencySection(Schema):
    """Section `transparency`."""

    origin = _log_name("chengma.example/items")
    patrols_origin = _log_name("chengma.example/patrols")
    checkpoint_every_s = _count(3600, 86400)


class PatrolsSection(Schema):
    """Section `patrols`."""

    office_name = fields.String(load_default="", validate=validate.Length(max=40))
    seal_file = _FileField(load_default=None)


class PhotosSection(Schema):
    """Section `photos`."""

    s3_endpoint = fields.String(load_default="", validate=_address("https://", "http://"))
    s3_bucket = fields.String(load_default="", validate=validate.Regexp(r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?\Z"))
    s3_region = fields.String(load_default="us-east-1", validate=validate.Regexp(r"^[a-z0-9-]{1,40}\Z"))
    font_file = _FileField(load_default=None)


class SyncSection(Schema):
    """Section `sync`."""

    process = fields.Boolean(load_default=True)
    instance = fields.String(load_default="chengma", validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,39}\Z"))
    level = fields.String(load_default="city", validate=validate.OneOf(SYNC_LEVELS))
    main_uri = fields.String(load_default="", validate=_address("mongodb://", "mongodb+srv://"))
    main_database = fields.String(load_default="chengma_main", validate=validate.Regexp(DATABASE_NAME))
    intake_database = fields.String(load_default="", validate=validate.Regexp(rf"(?:{DATABASE_NAME})|\A\Z"))
    lag_objective_s = _count(60, 86400)
    reconcile_at = fields.String(load_default="03:00", validate=validate.Regexp(r"^(([01]\d|2[0-3]):[0-5]\d)?\Z"))
    inbound = fields.String(load_default="off", validate=validate.OneOf(("off", "stream", "poll")))


def _ensure_networks(text: str) -> None:
    try:
        read_networks(text)
    except ValueError:
        raise ValidationError("It must hold networks such as 10.1.0.0/16, separated by commas.") from None


class WebhooksSection(Schema):
    """Section `webhooks`."""

    networks = fields.String(load_default="", validate=_ensure_networks)


def _ensure_template(text: str) -> None:
    try:
        read_template(text)
    except TemplateUnusable as error:
        raise ValidationError(str(error)) from None


def _template() -> fields.String:
    return fields.String(load_default="", validate=_ensure_template)


class NoticesSection(Schema):
    """Section `notices`: a template for each kind."""

    booking_confirmed = _template()
    booking_changed = _template()
    booking_cancelled_by_venue = _template()
    waitlist_offer = _template()
    visit_reminder = _template()
    draw_result = _template()
    group_decided = _template()


class LoggingSection(Schema):
    """Section `logging`."""

    level = fields.String(load_default="info", validate=validate.OneOf(LEVELS))


def _section(schema: type[Schema]) -> fields.Nested:
    return fields.Nested(schema, load_default=lambda: schema().load({}))


class ConfigSchema(Schema):
    """The whole settings file; unknown keys are refused."""

    server = _section(ServerSection)
    demo = fields.Boolean(load_default=False)
    mongodb = _section(MongoSection)
    redis = _section(RedisSection)
    wechat = _section(WeChatSection)
    sessions = _section(SessionSection)
    rate_limits = _section(RateLimitSection)
    transparency = _section(TransparencySection)
    patrols = _section(PatrolsSection)
    photos = _section(PhotosSection)
    sync = _section(SyncSection)
    webhooks = _section(WebhooksSection)
    notices = _section(NoticesSection)
    logging = _section(LoggingSection)

    @classmethod
    def environment_names(cls) -> dict[str, tuple[str | None, str]]:
        """Map each `CHENGMA_*` variable to its section (None at the top) and key."""
        names: dict[str, tuple[str | None, str]] = {}
        for section, declared in cls().fields.items():
            if isinstance(declared, fields.Nested):
                for key in declared.schema.fields:
                    names[f"CHENGMA_{section}_{key}".upper()] = (section, key)
            else:
                names[f"CHENGMA_{section}".upper()] = (None, section)
        return names
