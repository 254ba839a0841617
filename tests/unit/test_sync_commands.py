"""What `scripts/sync` shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.messages.sync_admin import FAILURES, failure_message
from server.commands.sync_backfill import bar_line
from server.commands.sync_status import status_lines
from services.sync.model import RecordKind
from services.sync.relay.model import Progress
from services.sync.relay.situation import Alarm, Situation

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
SAID = Progress(
    leader="here:1",
    said_at=NOW,
    backlog=0,
    oldest_at=None,
    delivered=1200,
    known=0,
    rate=85.5,
    last_delivered_at=NOW,
    failing_since=None,
    failure=None,
    read_from=NOW,
)


def situation(**changes: Any) -> Situation:
    facts: dict[str, Any] = {
        "seen_at": NOW,
        "configured": True,
        "objective_s": 60.0,
        "oldest_at": None,
        "lag_s": 0.0,
        "backlog": 0,
        "said": SAID,
        "silent_s": 1.2,
        "dead": {},
    }
    return Situation(**{**facts, **changes})


@pytest.mark.parametrize(
    ("changes", "alarms"),
    [
        ({}, ()),
        ({"lag_s": 60.0, "silent_s": 15.0}, ()),
        ({"lag_s": 60.1}, (Alarm.LATE,)),
        ({"silent_s": 15.1}, (Alarm.SILENT,)),
        ({"silent_s": None, "said": None, "lag_s": 100.0}, (Alarm.LATE, Alarm.SILENT)),
    ],
)
def test_alarms_begin_beyond_their_bounds(changes: dict[str, Any], alarms: tuple[Alarm, ...]) -> None:
    assert situation(**changes).alarms == alarms


def test_a_quiet_status_is_short() -> None:
    assert dict(status_lines(situation(), None)) == {
        "main system": "answers",
        "leader": "here:1, said something 1.2 s ago",
        "lag": "0.0 s (objective 60 s)",
        "backlog": "nothing waits",
        "delivered": "1,200 records since this leader began; 85.5/s now",
        "dead letters": "none",
        "reconciled": "never: ./scripts/sync reconcile",
    }


def test_a_bad_status_says_what_to_do() -> None:
    away = Progress(**{**vars(SAID), "failing_since": NOW, "failure": "refused_13"})
    bad = situation(
        said=away,
        oldest_at=NOW - timedelta(seconds=90),
        lag_s=90.0,
        backlog=12,
        silent_s=20.0,
        dead={RecordKind.SLOT: 2, RecordKind.OUTLET: 1},
    )
    shown = dict(status_lines(bad, None))
    assert shown["main system"].startswith("AWAY since 2026-11-22 14:00:00+08:00 (refused_13): ")
    assert "readWrite" in shown["main system"]
    assert shown["backlog"] == "about 12 transactions, the oldest since 2026-11-22 13:58:30+08:00"
    assert shown["dead letters"].startswith("outlet 1, slot 2: ./scripts/sync replay")
    assert {"ALERT late", "ALERT silent"} <= shown.keys()


def test_nobody_to_deliver_to_is_said() -> None:
    shown = dict(status_lines(situation(configured=False, said=None, silent_s=None), None))
    assert "CHENGMA_SYNC_MAIN_URI" in shown["main system"]
    assert shown["leader"] == "nobody has ever delivered"


@pytest.mark.parametrize("code", [*FAILURES, "AutoReconnect"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_failure_has_an_advice(code: str, language: str) -> None:
    assert failure_message(code).title[language]
    assert failure_message(code).advice[language]


def test_the_bar_tells_rate_and_time_left() -> None:
    assert bar_line(RecordKind.ITEM, 250, 1000, 2.5) == f"{'█' * 6}{'░' * 18} item: 250 of 1,000, 100/s, 8 s left"
    assert bar_line(RecordKind.ITEM, 100, 100_000, 1.0).endswith(", 16 min 39 s left")
    assert bar_line(RecordKind.ITEM, 1, 10_000, 1.0).endswith(", 2 h 46 min left")
    assert bar_line(RecordKind.ITEM, 0, 0, 0.0) == f"{'█' * 24} item: 0 of 0, 0/s"
