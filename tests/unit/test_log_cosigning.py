"""Another office cosigns: what is new, only what continues what it signed before, and only with its own key."""

from pathlib import Path

import pytest

from scripts.transparency import cosign_log, verify_log
from scripts.transparency.files import FileUnusable
from services.transparency.note_file import split_notes
from tests.log_files import VKEY, LogFiles, leaf_of, make_event


@pytest.fixture
def files(tmp_path: Path) -> LogFiles:
    return LogFiles.make(tmp_path)


class Witness:
    """Another office with its key and its file."""

    def __init__(self, files: LogFiles) -> None:
        self.files = files
        self.path = files.directory / "cosigned.txt"
        self.key = files.directory / "witness.key"
        assert self.run("--new-key") == 0
        self.vkey = self.said.strip()

    def run(self, *given: str, name: str = "audit.example.cn") -> int:
        parsed = cosign_log._parser().parse_args(["--key", str(self.key), "--name", name, *given])
        try:
            self.said = cosign_log._make_key(parsed) if parsed.new_key else cosign_log._cosign_new(parsed)
        except cosign_log.Unwilling as error:
            self.said = str(error)
            return 1
        except FileUnusable as error:
            self.said = str(error)
            return 2
        return 0

    def cosign(self, name: str = "audit.example.cn") -> int:
        self.files.write()
        named = ["--checkpoints", str(self.files.checkpoints_path), "--leaves", str(self.files.leaves_path)]
        return self.run("--log", VKEY, *named, "--to", str(self.path), name=name)

    def verdict_codes(self) -> list[str]:
        """Return what the verifier finds where it wants this witness on each checkpoint."""
        named = ["--checkpoints", str(self.files.checkpoints_path), "--leaves", str(self.files.leaves_path)]
        given = verify_log._parser().parse_args(["--key", VKEY, *named, "--witness", self.vkey])
        return [one.code for one in verify_log.verify(given).findings]

    def notes(self) -> list[str]:
        return split_notes(self.path.read_text(encoding="utf-8"))[0]


@pytest.fixture
def witness(files: LogFiles) -> Witness:
    return Witness(files)


def test_another_office_cosigns_what_is_new_and_only_that(files: LogFiles, witness: Witness) -> None:
    assert witness.key.stat().st_mode & 0o777 == 0o600
    assert witness.cosign() == 0
    first = witness.notes()
    assert len(first) == 5
    assert witness.cosign() == 0
    assert witness.notes() == first
    files.events.append(make_event(20))
    files.leaves.append(leaf_of(files.events[20]))
    files.sizes = (*files.sizes, 21)
    files.sign()
    assert witness.cosign() == 0
    assert witness.notes()[:5] == first
    assert len(witness.notes()) == 6
    files.checkpoints_path.write_bytes(witness.path.read_bytes())
    assert witness.verdict_codes() == []


def test_a_checkpoint_that_was_not_cosigned_is_found(witness: Witness) -> None:
    assert witness.verdict_codes() == ["checkpoint_not_cosigned"] * 5


def test_a_witness_does_not_sign_another_history(files: LogFiles, witness: Witness) -> None:
    assert witness.cosign() == 0
    before = witness.path.read_bytes()
    files.events[3]["data"] = {}
    files.leaves[3] = leaf_of(files.events[3])
    assert witness.cosign() == 1
    assert "leaves contradict checkpoint 2" in witness.said
    files.sign()
    assert witness.cosign() == 1
    files.leaves = LogFiles.make(files.directory).leaves
    files.sizes = (0, 5, 12, 20)
    files.sign()
    assert witness.cosign() == 1
    assert "cosigned checkpoint 3 is gone" in witness.said
    files.sizes = (0, 5, 5)
    files.sign()
    assert witness.cosign() == 1
    assert witness.path.read_bytes() == before


def test_a_witness_keeps_to_its_own_key_and_name(files: LogFiles, witness: Witness) -> None:
    assert witness.cosign() == 0
    assert witness.cosign(name="other.example") == 1
    assert witness.run("--new-key") == 2
    witness.key.write_text("x", encoding="utf-8")
    assert witness.cosign() == 2
    witness.key.unlink()
    assert witness.run("--new-key") == 0
    assert witness.cosign() == 1
    assert len(witness.notes()) == 5
    assert files.sizes[-1] == 20
