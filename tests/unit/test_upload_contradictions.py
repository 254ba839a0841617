"""Entries that say what no honest gate writes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from qr.gate_log import LogEntry, LogKind
from services.admissions.uploads.contradictions import contradicts_itself

NOW = datetime(2027, 2, 6, 3, tzinfo=UTC)
HONEST = LogEntry(
    device_id="dev_1",
    seq=1,
    previous="",
    kind=LogKind.ENTRY,
    gate_id="gat_1",
    nonce="nonce-0001",
    at=NOW,
    code_sha256=None,
    lease_id=None,
    count=2,
    decision="admitted",
    reason=None,
    admitted_now=2,
    undoes=None,
    pack_issued_at=NOW - timedelta(hours=1),
)


def test_what_an_honest_gate_writes_is_believed() -> None:
    refusal = replace(HONEST, decision="refused", reason="too_early", admitted_now=0)
    undo = replace(HONEST, kind=LogKind.UNDO, count=None, admitted_now=0, undoes="nonce-0000")
    everybody = replace(HONEST, count=None, admitted_now=7)
    just_issued = replace(HONEST, pack_issued_at=NOW + timedelta(seconds=30))
    without_pack = replace(HONEST, pack_issued_at=None)
    for entry in (HONEST, refusal, undo, everybody, just_issued, without_pack):
        assert not contradicts_itself(entry, NOW)


def test_others_let_through_than_asked_for_and_packs_to_come_are_not() -> None:
    more, fewer = replace(HONEST, admitted_now=3), replace(HONEST, admitted_now=1)
    to_come = replace(HONEST, pack_issued_at=NOW + timedelta(days=300))
    for entry in (more, fewer, to_come):
        assert contradicts_itself(entry, NOW)
