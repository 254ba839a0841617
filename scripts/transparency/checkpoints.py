"""Checking checkpoints: their signatures, their order, and whether the leaves are those they vouch for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scripts.transparency.findings import Finding, finding
from services.transparency.merkle import join_subtrees, node_hash
from services.transparency.model import Checkpoint
from services.transparency.note_file import split_notes
from services.transparency.notes import (
    Note,
    NoteMalformed,
    NoteRefused,
    PublicKey,
    read_body,
    read_note,
    verify_log_signature,
    verify_witness,
)


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """A checkpoint with a good signature, by its number in the file, from 1."""

    number: int
    checkpoint: Checkpoint
    note: Note


@dataclass(frozen=True, kw_only=True)
class CheckedCheckpoints:
    """The good ones, and what is wrong with the others."""

    good: tuple[Vouched, ...]
    findings: tuple[Finding, ...]


def check_checkpoints(text: str, keys: Sequence[PublicKey], witnesses: Sequence[PublicKey] = ()) -> CheckedCheckpoints:
    """Check the signatures of a file of notes, and that the log never shrinks."""
    good: list[Vouched] = []
    findings: list[Finding] = []
    notes, rest = split_notes(text)
    for number, note in enumerate(notes, 1):
        try:
            good.append(_vouched(number, note, keys))
        except _Refused as error:
            findings.append(error.finding)
    if rest:
        findings.append(finding("checkpoints_cut"))
    if not notes:
        findings.append(finding("checkpoints_none"))
    findings += [*_not_cosigned(good, witnesses), *_shrinking(good)]
    return CheckedCheckpoints(good=tuple(good), findings=tuple(findings))


class _Refused(Exception):
    def __init__(self, found: Finding) -> None:
        super().__init__()
        self.finding = found


def _vouched(number: int, text: str, keys: Sequence[PublicKey]) -> Vouched:
    try:
        note = read_note(text)
        checkpoint = read_body(note.body)
    except NoteMalformed as error:
        raise _Refused(finding("checkpoint_unreadable", number=number, reason=str(error))) from None
    try:
        verify_log_signature(note, keys)
    except NoteRefused as error:
        found = finding("checkpoint_unsigned", number=number, size=checkpoint.size, reason=str(error))
        raise _Refused(found) from None
    return Vouched(number=number, checkpoint=checkpoint, note=note)


def _not_cosigned(good: Iterable[Vouched], witnesses: Sequence[PublicKey]) -> Iterator[Finding]:
    for one in good:
        for witness in witnesses:
            try:
                verify_witness(one.note, witness)
            except NoteRefused as error:
                facts = {"number": one.number, "size": one.checkpoint.size}
                yield finding("checkpoint_not_cosigned", reason=str(error), **facts)


def _shrinking(good: Sequence[Vouched]) -> Iterator[Finding]:
    for before, one in pairwise(good):
        if one.checkpoint.size < before.checkpoint.size:
            sizes = {"size": one.checkpoint.size, "before": before.checkpoint.size}
            yield finding("checkpoint_shrinks", number=one.number, **sizes)


class GrowingTree:
    """The root of ever more leaves, without going over the earlier ones again."""

    def __init__(self) -> None:
        self.size = 0
        self._complete: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add a leaf; where two subtrees of one height lie side by side they become one."""
        node, size = leaf, self.size
        while size & 1:
            node = node_hash(self._complete.pop(), node)
            size >>= 1
        self._complete.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root hash."""
        return join_subtrees(self._complete)


def check_leaves(good: Sequence[Vouched], leaves: Sequence[bytes]) -> tuple[int, list[Finding]]:
    """Return up to which size the leaves are proved, and what contradicts the checkpoints.

    Only the first contradiction is told: all later checkpoints are over the same leaves.
    """
    tree, proved = GrowingTree(), 0
    for one in sorted(good, key=lambda vouched: vouched.checkpoint.size):
        size = one.checkpoint.size
        if size > len(leaves):
            missing = {"first": len(leaves), "last": size - 1}
            return proved, [finding("leaves_cut", number=one.number, size=size, **missing)]
        for leaf in leaves[tree.size : size]:
            tree.add(leaf)
        if tree.root != one.checkpoint.root:
            between = {"first": proved, "last": max(proved, size - 1)}
            return proved, [finding("leaves_contradict", number=one.number, size=size, **between)]
        proved = size
    return proved, []
