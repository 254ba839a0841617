"""One vector: a gate with its pack and an empty memory, and what happens at it, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from qr.errors import PackExpired
from qr.gate_verifier import GateMemory, GateVerifier, Verdict

EXPIRED = "pack_expired"
NOTHING = Verdict(decision=None)


class Step(Protocol):
    """What happens once, as written into the file and as done by Python's verifier."""

    def written(self) -> dict[str, Any]:
        """Return the step in JSON, without its verdict."""

    def verdict(self, verifier: GateVerifier, memory: GateMemory) -> Verdict:
        """Let the verifier decide; raises PackExpired."""


@dataclass(frozen=True)
class Scan:
    """A code is read."""

    code: str
    at: datetime
    count: int | None = None
    document_tail: str | None = None

    def written(self) -> dict[str, Any]:
        said = {"do": "decide", "code": self.code, "at": unix_ms(self.at)}
        return said | {"count": self.count, "document_tail": self.document_tail}

    def verdict(self, verifier: GateVerifier, memory: GateMemory) -> Verdict:
        return verifier.decide(self.code, self.at, memory=memory, count=self.count, document_tail=self.document_tail)


@dataclass(frozen=True)
class WalkIn:
    """Some come without booking."""

    lease_id: str
    count: int
    at: datetime

    def written(self) -> dict[str, Any]:
        return {"do": "walk_in", "lease_id": self.lease_id, "count": self.count, "at": unix_ms(self.at)}

    def verdict(self, verifier: GateVerifier, memory: GateMemory) -> Verdict:
        return verifier.admit_walk_in(self.lease_id, self.count, self.at, memory=memory)


@dataclass(frozen=True)
class Out:
    """Some leave."""

    count: int
    at: datetime

    def written(self) -> dict[str, Any]:
        return {"do": "out", "count": self.count, "at": unix_ms(self.at)}

    def verdict(self, verifier: GateVerifier, _memory: GateMemory) -> Verdict:
        return verifier.count_out(self.count, self.at)


@dataclass(frozen=True)
class Recall:
    """The verdict of an earlier step is remembered, or forgotten again."""

    do: str
    step: int


@dataclass(frozen=True)
class Case:
    """`says` is what each verdict must be in a word: `admitted 3`, a reason, or a problem with `?` behind it."""

    name: str
    steps: Sequence[Step | Recall]
    says: Sequence[str]
    pack: str = "entrance"


def once(name: str, step: Step, says: str, pack: str = "entrance") -> Case:
    """Return a case of one step."""
    return Case(name, [step], [says], pack)


def play(steps: Sequence[Step | Recall], verifier: GateVerifier) -> list[dict[str, Any]]:
    """Return the steps in JSON with the verdicts of Python's verifier."""
    memory, verdicts, written = GateMemory(), list[Verdict](), list[dict[str, Any]]()
    for step in steps:
        if isinstance(step, Recall):
            {"remember": memory.remember, "forget": memory.forget}[step.do](verdicts[step.step])
            verdicts.append(NOTHING)
            written.append({"do": step.do, "step": step.step})
            continue
        try:
            verdicts.append(step.verdict(verifier, memory))
            written.append(step.written() | {"verdict": shown(verdicts[-1])})
        except PackExpired:
            verdicts.append(NOTHING)
            written.append(step.written() | {"verdict": shown(NOTHING) | {"problem": EXPIRED}})
    return written


def shown(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict in JSON."""
    return {
        "decision": verdict.decision,
        "reason": verdict.reason,
        "problem": verdict.problem,
        "reservation_id": verdict.reservation_id,
        "admitted_now": verdict.admitted_now,
        "admitted_count": verdict.admitted_count,
        "party_size": verdict.party_size,
        "starts_at": None if verdict.starts_at is None else int(verdict.starts_at.timestamp()),
        "ends_at": None if verdict.ends_at is None else int(verdict.ends_at.timestamp()),
    }


def in_a_word(verdict: dict[str, Any]) -> str:
    """Return what Case.says says of a verdict."""
    if verdict["problem"] is not None:
        return f"{verdict['problem']}?"
    return str(verdict["reason"]) if verdict["reason"] else f"admitted {verdict['admitted_now']}"


def unix_ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
