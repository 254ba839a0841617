"""`scripts/verify_log`: checks an exported log with nothing but the public key and the files."""

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.transparency.checkpoints import check_checkpoints, check_leaves
from scripts.transparency.events import check_events
from scripts.transparency.files import FileUnusable, read_keys, read_leaves, read_lines, read_text
from scripts.transparency.findings import Finding
from services.transparency.notes import LOG_KEY, WITNESS_KEY


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How much was looked at, up to which size the leaves are proved, and all that is wrong."""

    checkpoints: int
    leaves: int
    proved: int
    events: int | None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.findings


def main() -> None:
    """Check, print, and end with 0 if all is right, 1 if something is wrong, 2 if it cannot be checked."""
    given = _parser().parse_args()
    try:
        verdict = verify(given)
    except FileUnusable as error:
        sys.stderr.write(f"verify_log: {error}\n")
        sys.exit(2)
    _print(_as_json(verdict) if given.json else _as_text(verdict))
    sys.exit(0 if verdict.ok else 1)


def _print(text: str) -> None:
    """Print as much as somebody reads: `head` closes the pipe when it has enough."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Else Python tries to write the rest at its end, and complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./scripts/verify_log", description=__doc__)
    parser.add_argument("--key", action="append", required=True, metavar="VKEY", help="the log's key, or a file of it")
    parser.add_argument("--checkpoints", type=Path, required=True, help="checkpoints.txt")
    parser.add_argument("--leaves", type=Path, required=True, help="leaves.txt: one hash a line")
    parser.add_argument("--events", type=Path, help="events.jsonl: one event a line")
    parser.add_argument(
        "--witness", action="append", default=[], metavar="VKEY", help="who must have cosigned each checkpoint"
    )
    parser.add_argument("--json", action="store_true", help="write one JSON object, for machines")
    return parser


def verify(given: argparse.Namespace) -> Verdict:
    """Return the verdict on the files of a command line; raises FileUnusable."""
    keys, witnesses = read_keys(given.key, LOG_KEY), read_keys(given.witness, WITNESS_KEY)
    checked = check_checkpoints(read_text(given.checkpoints), keys, witnesses)
    leaves, unreadable = read_leaves(given.leaves)
    proved, contradictions = check_leaves(checked.good, leaves)
    findings = [*checked.findings, *unreadable, *contradictions]
    events = None
    if given.events is not None:
        events, wrong = check_events(read_lines(given.events), leaves)
        findings += wrong
    return Verdict(
        checkpoints=len(checked.good), leaves=len(leaves), proved=proved, events=events, findings=tuple(findings)
    )


def _as_json(verdict: Verdict) -> str:
    counts = {name: value for name, value in asdict(verdict).items() if name != "findings"}
    findings = [{"code": one.code, **one.facts} for one in verdict.findings]
    return json.dumps({"ok": verdict.ok, **counts, "findings": findings}, ensure_ascii=False)


def _as_text(verdict: Verdict) -> str:
    events = "—" if verdict.events is None else verdict.events
    lines = [
        f"检查点 checkpoints: {verdict.checkpoints}",
        f"哈希 leaves: {verdict.leaves}；已证实 proved: {verdict.proved}",
        f"事件 events: {events}",
    ]
    for one in verdict.findings:
        zh, en = one.lines
        lines.append(f"✗ {zh}\n  {en}")
    count = len(verdict.findings)
    lines.append("✓ 全部一致 all is right" if verdict.ok else f"✗ 发现 {count} 处问题 {count} wrong")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
