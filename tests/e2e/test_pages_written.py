"""What the documents say of settings, collections, packages and each other is true."""

import re
from pathlib import Path

import pytest
import yaml

from server.config import SECRET_VARIABLES
from server.config_schema import ConfigSchema
from server.embedded import PROJECT
from server.mongo import COLLECTIONS
from services.identity.model import Role, ScopeLevel

DOCUMENTS = sorted({*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")})
DECISIONS = sorted((PROJECT / "docs" / "adr").glob("*.md"))
SHARD_KEYS = {plan.name: plan.shard_key for plan in COLLECTIONS}


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def setting_rows() -> dict[str, tuple[str, str]]:
    """Return what operations.md says: variable → (setting, value as shipped)."""
    rows = re.findall(r"^\| `([a-z0-9_.]+)` \| `(CHENGMA_\w+)` \| (\S+) \|", read("docs/operations.md"), re.MULTILINE)
    return {variable: (setting, shipped.strip("`")) for setting, variable, shipped in rows}


def test_every_setting_is_described_with_its_variable_and_its_value() -> None:
    shipped = yaml.safe_load(read("config.yaml"))

    def value(section: str | None, key: str) -> str:
        found = shipped[key] if section is None else shipped[section][key]
        return "empty" if found == "" else str(found).lower() if isinstance(found, bool) else str(found)

    assert setting_rows() == {
        variable: (key if section is None else f"{section}.{key}", value(section, key))
        for variable, (section, key) in ConfigSchema.environment_names().items()
    }


def test_a_setting_left_out_has_the_value_shown_except_demo() -> None:
    shipped = ConfigSchema().load(yaml.safe_load(read("config.yaml")))
    left_out = ConfigSchema().load({})

    assert left_out.pop("demo") is False
    assert shipped.pop("demo") is True
    assert left_out == shipped


@pytest.mark.parametrize("variable", SECRET_VARIABLES)
def test_every_secret_is_described(variable: str) -> None:
    assert f"| `{variable}` |" in read("docs/operations.md")


def test_the_sharding_commands_are_those_of_the_collections() -> None:
    commands = re.findall(
        r'^sh\.shardCollection\("chengma\.([\w.]+)", \{ (\w+): "hashed" \}\)$', read("docs/operations.md"), re.MULTILINE
    )

    assert len(commands) == len(SHARD_KEYS)
    assert dict(commands) == SHARD_KEYS


def test_the_architecture_lists_the_collections() -> None:
    rows = re.findall(r"^\| `([\w.]+)` \| `(\w+)` \|", read("docs/architecture.md"), re.MULTILINE)

    assert len(rows) == len(SHARD_KEYS)
    assert dict(rows) == SHARD_KEYS


def test_the_privacy_page_names_every_collection_that_tells_of_people() -> None:
    reference_data = {"slots", "venues", "districts", "keys", "processes"}
    text = read("docs/privacy.md")

    assert [name for name in SHARD_KEYS.keys() - reference_data if f"`{name}`" not in text] == []


def test_roles_and_scopes_of_staff_are_all_named() -> None:
    text = read("docs/operations.md")

    assert [role for role in Role if role is not Role.CITIZEN and f"`{role}`" not in text] == []
    assert [level for level in ScopeLevel if f"`{level}:" not in text] == []


def test_every_runtime_dependency_has_its_reason() -> None:
    names = re.findall(r"^([A-Za-z0-9-]+)", read("requirements/runtime.in"), re.MULTILINE)
    rows = re.findall(r"^\| ([^|]+) \| ", read("docs/adr/0003-dependencies.md"), re.MULTILINE)
    explained = {name for row in rows[1:] for name in row.strip().split(", ")}

    assert explained == set(names)


def test_decisions_are_numbered_without_a_gap_and_have_one_form() -> None:
    numbers = [int(path.name.partition("-")[0]) for path in DECISIONS]

    assert numbers == list(range(1, len(DECISIONS) + 1))
    for number, path in zip(numbers, DECISIONS, strict=True):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {number}. "), path
        headings = [line for line in lines if line.startswith("## ")]
        expected = ["## Context", "## Decision", "## Consequences"]
        assert [one for one in headings if one != "## Not chosen"] == expected, path


def test_the_index_leads_to_every_document() -> None:
    index = PROJECT / "docs" / "README.md"
    reachable = {index, *(target for target, _ in links_of(index))}

    assert [path for path in DOCUMENTS if path not in reachable] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for target, anchor in links_of(document):
        assert target.exists(), target
        assert not anchor or anchor in anchors_of(target), f"{target}#{anchor}"


def links_of(document: Path) -> list[tuple[Path, str]]:
    """Return the files, with anchors, that a document's relative links point to."""
    found = re.findall(r"\]\(([^)\s]+)\)", without_code(document))
    parts = [link.partition("#") for link in found if "://" not in link]
    return [((document.parent / path).resolve() if path else document, anchor) for path, _, anchor in parts]


def anchors_of(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", without_code(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def without_code(document: Path) -> str:
    return re.sub(r"^```.*?^```$", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
