"""What docs/transparency.md shows is what the code makes."""

import json
from datetime import UTC, datetime
from pathlib import Path

from scripts.transparency.findings import LINES
from services.transparency.commitment import canonical, commit
from services.transparency.leaves import leaf_commitment, leaf_content
from services.transparency.merkle import leaf_hash
from tests.unit.test_log_notes import LOG, NOTE

TEXT = (Path(__file__).parents[2] / "docs" / "transparency.md").read_text(encoding="utf-8")


def test_the_worked_examples_are_right() -> None:
    data = canonical({"type": "ObjectEvent", "id": "ni:///sha-256;示例"})
    commitment = commit(bytes(range(16)), data)
    for shown in (data.decode(), commitment.hex(), leaf_hash(commitment).hex()):
        assert f"`{shown}`" in TEXT
    for shown in (NOTE, f"{LOG.text}\n"):
        assert f"```\n{shown}```" in TEXT


def test_the_leaf_of_an_event_is_shown_as_it_is() -> None:
    text = canonical({"type": "ObjectEvent", "eventID": "urn:chengma:event:示例"}).decode()
    told = (datetime(2026, 11, 22, 1, 2, 3, 4000, UTC), "stf_01K0000000EXAMP7E000000003")
    data = canonical(leaf_content(text, *told))
    commitment = leaf_commitment(text, *told, bytes(range(16)))

    assert set(json.loads(data)) == {"event", "recorded_at", "recorded_by"}
    for shown in (data.decode(), commitment.hex(), leaf_hash(commitment).hex()):
        assert f"`{shown}`" in TEXT


def test_every_finding_is_explained() -> None:
    assert [code for code in LINES if f"`{code}`" not in TEXT] == []
