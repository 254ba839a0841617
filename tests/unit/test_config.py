"""The settings: what is read, what overrides what, and what stops the start."""

import base64
from pathlib import Path

import pytest

from server.config import Config, ConfigError, load_config
from server.config_schema import ConfigSchema
from server.embedded import PROJECT

MASTER_KEY = base64.b64encode(bytes(range(96))).decode()


def load(tmp_path: Path, text: str, **environ: str) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ)


def refusal(tmp_path: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, text, **environ)
    assert "\n" not in str(refused.value)
    return str(refused.value).removeprefix(f"{tmp_path / 'config.yaml'}: ")


def test_an_empty_file_means_the_defaults_without_demo(tmp_path: Path) -> None:
    config = load(tmp_path, "")
    assert (config.server.host, config.server.port, config.server.workers) == ("127.0.0.1", 8080, 1)
    assert config.demo is False
    assert config.mongodb.uri == ""
    assert config.secrets.master_key is None


def test_the_shipped_file_is_valid_and_names_every_setting() -> None:
    config = load_config(PROJECT / "config.yaml", {})
    assert config.server.data_dir == PROJECT / "data"
    text = (PROJECT / "config.yaml").read_text(encoding="utf-8")
    for _, key in ConfigSchema.environment_names().values():
        assert f"{key}:" in text


def test_a_section_with_all_keys_commented_out_means_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, "server:\n  # port: 9000\n").server.port == 8080


def test_a_variable_overrides_the_file(tmp_path: Path) -> None:
    config = load(tmp_path, "server: {port: 1111}\ndemo: true", CHENGMA_SERVER_PORT="2222", CHENGMA_DEMO="false")
    assert config.server.port == 2222
    assert config.demo is False


def test_other_variables_are_nobodys_business(tmp_path: Path) -> None:
    assert load(tmp_path, "", PATH="/bin", CHENGM_SERVER_PORT="x").server.port == 8080


def test_a_relative_data_directory_counts_from_the_file(tmp_path: Path) -> None:
    assert load(tmp_path, "").server.data_dir == tmp_path / "data"
    assert load(tmp_path, "server: {data_dir: ../other}").server.data_dir == tmp_path.parent / "other"
    assert load(tmp_path, f"server: {{data_dir: {tmp_path / 'absolute'}}}").server.data_dir == tmp_path / "absolute"


def test_a_relative_data_directory_in_a_variable_counts_from_the_working_directory(tmp_path: Path) -> None:
    assert load(tmp_path, "", CHENGMA_SERVER_DATA_DIR="here").server.data_dir == Path.cwd() / "here"


def test_a_data_directory_may_start_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert load(tmp_path, "server: {data_dir: ~/chengma}").server.data_dir == tmp_path / "home" / "chengma"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("server: {prot: 1}", "server.prot: Unknown field."),
        ("sever: {port: 1}", "sever: Unknown field."),
        ("server: {port: 0}", "server.port: Must be greater than or equal to 1"),
        ("server: {port: 65536}", "server.port: Must be greater than or equal to 1 and less than or equal to 65535."),
        ("server: {port: true}", "server.port: Not a valid integer."),
        ("server: {workers: many}", "server.workers: Not a valid integer."),
        ("server: {data_dir: ''}", "server.data_dir: Not a path."),
        ("server: {drain_s: .nan}", "server.drain_s: Special numeric values"),
        ("server: [1]", "server: Invalid input type."),
        ("demo: perhaps", "demo: Not a valid boolean."),
        ("mongodb: {database: 'A b'}", "mongodb.database: String does not match expected pattern."),
        ("logging: {level: loud}", "logging.level: Must be one of: debug, info, warning, error."),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, expected: str) -> None:
    assert refusal(tmp_path, text).startswith(expected)


@pytest.mark.parametrize("text", ["just words", "- a\n- list", "server: {port: 1", "\x00"])
def test_a_file_that_is_no_settings_file_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    assert str(tmp_path / "config.yaml") in refusal(tmp_path, text)


def test_a_file_in_another_encoding_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes("# 端口\n".encode("gbk"))
    with pytest.raises(ConfigError, match="is not valid YAML"):
        load_config(path, {})


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the settings file"):
        load_config(tmp_path / "nowhere.yaml", {})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CHENGMA_SERVER_PROT", "1", "CHENGMA_SERVER_PROT is not a setting"),
        ("CHENGMA_SERVER", "1", "CHENGMA_SERVER is not a setting"),
        ("CHENGMA_SERVER_PORT", "http", "CHENGMA_SERVER_PORT: Not a valid integer."),
        ("CHENGMA_DEMO", "", "CHENGMA_DEMO: Not a valid boolean."),
        ("CHENGMA_MASTER_KEY", "c2hvcnQ=", "CHENGMA_MASTER_KEY must be 96 random bytes"),
        ("CHENGMA_MASTER_KEY", "not base64!", "CHENGMA_MASTER_KEY must be 96 random bytes"),
    ],
)
def test_a_wrong_variable_is_named_instead_of_the_file(tmp_path: Path, name: str, value: str, expected: str) -> None:
    assert refusal(tmp_path, "", **{name: value}).startswith(expected)


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("mongodb: {uri: 'mongodb://app:secret@db/?replicaSet=a'}", "CHENGMA_MONGODB_URI"),
        ("redis: {url: 'redis://:secret@cache'}", "CHENGMA_REDIS_URL"),
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path, text: str, variable: str) -> None:
    shown = refusal(tmp_path, text, CHENGMA_MASTER_KEY=MASTER_KEY)
    assert variable in shown
    assert "secret" not in shown


def test_addresses_without_a_password_belong_in_the_file(tmp_path: Path) -> None:
    uri = "mongodb://a:27017,b:27017/?appName=x@y"
    text = f"mongodb: {{uri: '{uri}'}}\nredis: {{url: 'redis://cache:6379'}}"
    config = load(tmp_path, text, CHENGMA_MASTER_KEY=MASTER_KEY)
    assert config.mongodb.uri == uri
    assert config.redis.url == "redis://cache:6379"


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    config = load(tmp_path, "", CHENGMA_MASTER_KEY=MASTER_KEY, CHENGMA_WECHAT_APP_SECRET="whisper")
    assert config.secrets.master_key == bytes(range(96))
    assert "whisper" not in repr(config)
    assert repr(bytes(range(96))) not in repr(config)


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://chengma@db.invalid/?tls=true",
        "mongodb+srv://chengma@db.office.invalid/",
        "mongodb://chengma:whi/sper@db.invalid/?tls=true",
        "mongodb://chengma:whisper@db.invalid:port/?tls=true",
        "mongodb://chengma:whisper@db.invalid/?tls=true&authMechanism=whisper",
        "mongodb://chengma:whisper@db.invalid/?tls=true&whisper=1",
        "mongodb://chengma:whisper@db.invalid/?tls=true&tlsCAFile=/nowhere/whisper",
    ],
)
def test_a_main_system_that_the_driver_cannot_find_stops_the_start(tmp_path: Path, uri: str) -> None:
    shown = refusal(tmp_path, "", CHENGMA_SYNC_MAIN_URI=uri)
    assert shown.startswith("sync.main_uri is no address")
    assert not {word for word in ("db.", "whi", "sper") if word in shown}


@pytest.mark.parametrize("host", ["mongodb+srv://chengma:whisper@db.office.invalid/", "mongodb://127.0.0.1:1/"])
def test_a_main_system_is_not_looked_for_at_the_start(tmp_path: Path, host: str) -> None:
    assert load(tmp_path, "", CHENGMA_SYNC_MAIN_URI=host).sync.main_uri == host


def test_demo_accounts_and_a_real_app_exclude_each_other(tmp_path: Path) -> None:
    text = "demo: true\nwechat: {app_id: wx1}"
    assert "demo mode has public passwords" in refusal(tmp_path, text, CHENGMA_WECHAT_APP_SECRET="s")


def test_a_real_app_needs_its_secret(tmp_path: Path) -> None:
    assert "CHENGMA_WECHAT_APP_SECRET" in refusal(tmp_path, "wechat: {app_id: wx1}")


def test_a_database_of_ones_own_needs_a_master_key(tmp_path: Path) -> None:
    assert "CHENGMA_MASTER_KEY" in refusal(tmp_path, "mongodb: {uri: 'mongodb://db'}")
