"""What an operator gives for plates: the office's name, and a seal that can be printed, or a clear refusal."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from server.config import ConfigError, load_config
from server.patrols.plates import read_seal


def settings(tmp_path: Path, text: str) -> Path:
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "config.yaml"


def test_no_seal_is_the_default(tmp_path: Path) -> None:
    for text in ("", "patrols:", "patrols: {seal_file: ''}"):
        config = load_config(settings(tmp_path, text), {})
        assert (config.patrols.office_name, config.patrols.seal_file) == ("", None)
    assert read_seal(None) is None


def test_a_relative_seal_counts_from_the_file_or_the_working_directory(tmp_path: Path) -> None:
    path = settings(tmp_path, "patrols: {office_name: 示例局, seal_file: seal.png}")
    config = load_config(path, {})
    assert (config.patrols.office_name, config.patrols.seal_file) == ("示例局", tmp_path / "seal.png")
    named = load_config(path, {"CHENGMA_PATROLS_SEAL_FILE": "other.png"})
    assert named.patrols.seal_file == Path.cwd() / "other.png"
    assert load_config(path, {"CHENGMA_PATROLS_SEAL_FILE": ""}).patrols.seal_file is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("patrols: {seal_file: 7}", "patrols.seal_file: Not a path."),
        (f"patrols: {{office_name: {'局' * 41}}}", "patrols.office_name"),
        ("patrols: {seal: x}", "patrols.seal"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        load_config(settings(tmp_path, text), {})


def test_a_seal_is_read_as_it_is(tmp_path: Path) -> None:
    written = BytesIO()
    Image.new("RGBA", (300, 300), (255, 0, 0, 0)).save(written, "PNG")
    (tmp_path / "seal.png").write_bytes(written.getvalue())
    assert read_seal(tmp_path / "seal.png") == written.getvalue()


def test_a_seal_that_cannot_be_printed_stops_the_start_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "seal.png").write_bytes(b"<svg/>")
    with pytest.raises(
        ConfigError, match=r"^patrols\.seal_file: .*seal\.png is no PNG or JPEG picture of at most 512 kB"
    ):
        read_seal(tmp_path / "seal.png")
    with pytest.raises(ConfigError, match=r"^patrols\.seal_file: cannot read .*none\.png: No such file"):
        read_seal(tmp_path / "none.png")
    with pytest.raises(ConfigError, match=r"^patrols\.seal_file: cannot read"):
        read_seal(tmp_path)
