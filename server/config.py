"""Settings: `config.yaml`, overridden by `CHENGMA_*`, checked whole before anything starts."""

import base64
import binascii
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from marshmallow import ValidationError
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from server.config_schema import DEFAULT_DATA_DIR, ConfigSchema
from server.config_sections import (
    LoggingConfig,
    MongoConfig,
    NoticesConfig,
    PatrolsConfig,
    PhotosConfig,
    RateLimitConfig,
    RedisConfig,
    ServerConfig,
    SessionConfig,
    SyncConfig,
    TransparencyConfig,
    WebhooksConfig,
    WeChatConfig,
)
from services.notifications.model import NoticeKind
from services.notifications.templates import DEMO_TEMPLATES, Template, read_template
from services.webhooks.addresses import read_networks

PREFIX = "CHENGMA_"
MASTER_KEY_BYTES = 96
S3_VARIABLES = ("CHENGMA_PHOTOS_S3_ACCESS_KEY", "CHENGMA_PHOTOS_S3_SECRET_KEY")
SECRET_VARIABLES = ("CHENGMA_MASTER_KEY", "CHENGMA_WECHAT_APP_SECRET", *S3_VARIABLES)


class ConfigError(Exception):
    """The settings cannot be used; the message is one sentence an operator can act on."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What never appears in a file of settings; `master_key` is None until one is given or made."""

    master_key: bytes | None = field(repr=False)
    wechat_app_secret: str = field(repr=False)
    photos_s3_access_key: str = field(repr=False)
    photos_s3_secret_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Config:
    """All settings of one process, checked."""

    server: ServerConfig
    demo: bool
    mongodb: MongoConfig
    redis: RedisConfig
    wechat: WeChatConfig
    sessions: SessionConfig
    rate_limits: RateLimitConfig
    transparency: TransparencyConfig
    patrols: PatrolsConfig
    photos: PhotosConfig
    sync: SyncConfig
    webhooks: WebhooksConfig
    notices: NoticesConfig
    logging: LoggingConfig
    secrets: Secrets


def load_config(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """Read `path`, lay the `CHENGMA_*` variables of `environ` over it, and check the result.

    A relative path counts from the file that names it, or from the working directory in a variable.
    Raises ConfigError with one sentence for an operator when anything is unknown, missing or wrong.
    """
    environ = os.environ if environ is None else environ
    raw = _read_yaml(path)
    _refuse_secrets_in_file(raw, path)
    _anchor_data_dir(raw, path)
    _anchor_file(raw, path, "patrols", "seal_file")
    _anchor_file(raw, path, "photos", "font_file")
    _overlay(raw, environ)
    try:
        checked = ConfigSchema().load(raw)
    except ValidationError as error:
        raise ConfigError(_name_problem(error.messages, path, environ)) from error
    config = Config(
        server=_server(checked["server"]),
        demo=checked["demo"],
        mongodb=MongoConfig(**checked["mongodb"]),
        redis=RedisConfig(**checked["redis"]),
        wechat=WeChatConfig(**checked["wechat"]),
        sessions=SessionConfig(**checked["sessions"]),
        rate_limits=RateLimitConfig(**checked["rate_limits"]),
        transparency=TransparencyConfig(**checked["transparency"]),
        patrols=PatrolsConfig(**checked["patrols"]),
        photos=PhotosConfig(**checked["photos"]),
        sync=SyncConfig(**checked["sync"]),
        webhooks=WebhooksConfig(networks=read_networks(checked["webhooks"]["networks"])),
        notices=NoticesConfig(templates=_templates(checked)),
        logging=LoggingConfig(**checked["logging"]),
        secrets=_read_secrets(environ),
    )
    _ensure_consistent(config)
    return config


def _server(checked: Mapping[str, Any]) -> ServerConfig:
    """Return the section; without a public address, phones on this machine reach us by host and port."""
    public_url = checked["public_url"] or f"http://{checked['host']}:{checked['port']}"
    return ServerConfig(**{**checked, "public_url": public_url.rstrip("/")})


def _templates(checked: Mapping[str, Any]) -> Mapping[NoticeKind, Template]:
    """Return the templates; the stand-in takes some that are made up, so that a demonstration sends messages."""
    texts = {kind: checked["notices"][kind.value] for kind in NoticeKind}
    if not checked["wechat"]["app_id"]:
        texts = {kind: text or DEMO_TEMPLATES[kind] for kind, text in texts.items()}
    read = {kind: read_template(text) for kind, text in texts.items()}
    return {kind: template for kind, template in read.items() if template is not None}


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the settings file {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} must hold sections such as `server:`, not a {type(raw).__name__}")
    # A section whose keys are all commented out reads as nothing; that means the defaults.
    return {key: {} if value is None else value for key, value in raw.items()}


def _refuse_secrets_in_file(raw: Mapping[str, Any], path: Path) -> None:
    for section, key in (("mongodb", "uri"), ("redis", "url"), ("sync", "main_uri")):
        values = raw.get(section)
        value = values.get(key) if isinstance(values, dict) else None
        authority = str(value or "").partition("://")[2].partition("/")[0]
        credentials, at, _ = authority.rpartition("@")
        if at and ":" in credentials:
            variable = f"{PREFIX}{section}_{key}".upper()
            raise ConfigError(f"{path}: {section}.{key} holds a password; give it as {variable} instead")


def _anchor_data_dir(raw: dict[str, Any], path: Path) -> None:
    server = raw.setdefault("server", {})
    if isinstance(server, dict):
        data_dir = server.setdefault("data_dir", DEFAULT_DATA_DIR)
        if isinstance(data_dir, str) and data_dir and not data_dir.startswith("~"):
            server["data_dir"] = str(path.absolute().parent / data_dir)


def _anchor_file(raw: dict[str, Any], path: Path, section: str, key: str) -> None:
    values = raw.get(section)
    named = values.get(key) if isinstance(values, dict) else None
    if isinstance(values, dict) and isinstance(named, str) and named and not named.startswith("~"):
        values[key] = str(path.absolute().parent / named)


def _overlay(raw: dict[str, Any], environ: Mapping[str, str]) -> None:
    known = ConfigSchema.environment_names()
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name in SECRET_VARIABLES:
            continue
        if name not in known:
            raise ConfigError(f"{name} is not a setting; see config.yaml for the settings there are")
        section, key = known[name]
        if section is None:
            raw[key] = value
        else:
            holder = raw.setdefault(section, {})
            if isinstance(holder, dict):
                holder[key] = value


def _name_problem(messages: Any, path: Path, environ: Mapping[str, str]) -> str:
    keys, problem = _first_problem(messages)
    variable = f"{PREFIX}{'_'.join(keys)}".upper()
    if variable in environ:
        return f"{variable}: {problem}"
    return f"{path}: {'.'.join(keys)}: {problem}"


def _first_problem(messages: Any, *keys: str) -> tuple[tuple[str, ...], str]:
    if isinstance(messages, dict):
        key, inner = next(iter(messages.items()))
        # marshmallow files what is wrong with a section as a whole under `_schema`.
        return _first_problem(inner, *keys) if key == "_schema" else _first_problem(inner, *keys, str(key))
    return keys, str(messages[0] if isinstance(messages, list) else messages)


def _read_secrets(environ: Mapping[str, str]) -> Secrets:
    text = environ.get("CHENGMA_MASTER_KEY", "")
    return Secrets(
        master_key=decode_master_key(text) if text else None,
        wechat_app_secret=environ.get("CHENGMA_WECHAT_APP_SECRET", ""),
        photos_s3_access_key=environ.get("CHENGMA_PHOTOS_S3_ACCESS_KEY", ""),
        photos_s3_secret_key=environ.get("CHENGMA_PHOTOS_S3_SECRET_KEY", ""),
    )


def decode_master_key(text: str) -> bytes:
    """Return the 96 bytes of a base64 master key; raises ConfigError for anything else."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != MASTER_KEY_BYTES:
        raise ConfigError("CHENGMA_MASTER_KEY must be 96 random bytes in base64: openssl rand -base64 96 | tr -d '\\n'")
    return key


def is_protected(uri: str) -> bool:
    """Tell whether what goes to a MongoDB address is encrypted, or stays on this machine."""
    scheme, _, rest = uri.partition("://")
    hosts, _, options = rest.rpartition("@")[2].partition("?")
    local = all(host.startswith(("127.0.0.1", "localhost", "[::1]")) for host in hosts.partition("/")[0].split(","))
    return local or scheme == "mongodb+srv" or {"tls=true", "ssl=true"} & set(options.lower().split("&")) != set()


def is_usable(uri: str) -> bool:
    """Tell whether the driver takes a MongoDB address; nothing is connected to, and no name is looked up."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # an option that would be left out
            AsyncMongoClient[dict[str, Any]](uri, connect=False)
    except (PyMongoError, ValueError, OSError, UserWarning):
        return False
    return True


def _ensure_consistent(config: Config) -> None:
    if config.transparency.origin == config.transparency.patrols_origin:
        raise ConfigError("transparency.origin and transparency.patrols_origin must differ: a name belongs to one log")
    if config.demo and config.wechat.app_id:
        raise ConfigError("demo mode has public passwords: set demo to false to use a real WeChat app")
    if config.wechat.app_id and not config.secrets.wechat_app_secret:
        raise ConfigError("wechat.app_id is set: give its secret as CHENGMA_WECHAT_APP_SECRET")
    if config.photos.s3_endpoint and not (config.photos.s3_bucket and config.secrets.photos_s3_secret_key):
        raise ConfigError("photos.s3_endpoint is set: name photos.s3_bucket, and give CHENGMA_PHOTOS_S3_…_KEY, both")
    _ensure_sync_consistent(config)
    if config.mongodb.uri and config.secrets.master_key is None:
        raise ConfigError(
            "mongodb.uri is set: give the key that protects personal data as CHENGMA_MASTER_KEY "
            "(make one with: openssl rand -base64 96 | tr -d '\\n')"
        )


def _ensure_sync_consistent(config: Config) -> None:
    if config.sync.main_database == config.mongodb.database and config.sync.main_uri in {"", config.mongodb.uri}:
        raise ConfigError("sync.main_database and mongodb.database must differ: records would go where they came from")
    if config.sync.main_uri and not is_usable(config.sync.main_uri):
        # What the driver has to say may repeat a part of the password.
        raise ConfigError(
            "sync.main_uri is no address that the MongoDB driver takes: give user and password both, percent-encode "
            "special characters in them, and see to its port, its options and the files that these name"
        )
    if config.sync.main_uri and not is_protected(config.sync.main_uri):
        raise ConfigError("sync.main_uri leaves this machine without TLS: add tls=true to it, or use mongodb+srv://")
