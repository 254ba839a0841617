"""What `scripts/sync` shows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handlers.messages.sync_admin import ALARMS, FAILURES, failure_message
from server.commands.sync_backfill import bar_line
from server.commands.sync_letters import Letters, letter_lines
from server.commands.sync_reconcile import report_lines
from server.commands.sync_replay import said
from server.commands.sync_status import status_lines
from services.sync.model import RecordKind, RecordRef
from services.sync.reconciling.model import Asker, Depth, Reconciliation, State, Treatment, Wish
from services.sync.relay.model import DeadLetter, DeadReason, Progress
from services.sync.relay.situation import Alarm, Situation
from services.sync.standard.model import Flaw

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


NO_LETTERS = Letters(counts={}, newest=())


def progress(**changes: Any) -> Progress:
    return Progress(**{**vars(SAID), **changes})


def shown_of(now: Situation, last: Reconciliation | None = None) -> dict[str, str]:
    return dict(status_lines(now, last, NO_LETTERS))


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
    assert shown_of(situation()) == {
        "main system": "answers",
        "leader": "here:1, said something 1.2 s ago",
        "lag": "0.0 s (objective 60 s)",
        "backlog": "nothing waits",
        "delivered": "1,200 records since this leader began; 85.5/s now",
        "dead letters": "none",
        "reconciled": "never: ./scripts/sync reconcile",
    }


def test_a_bad_status_says_what_to_do() -> None:
    bad = situation(
        said=progress(failing_since=NOW, failure="refused_13"),
        oldest_at=NOW - timedelta(seconds=90),
        lag_s=90.0,
        backlog=12,
        silent_s=20.0,
    )
    shown = shown_of(bad)
    before = "not known, since no leader speaks; the last one said: REFUSED since 2026-11-22 14:00:00+08:00: "
    assert shown["main system"].startswith(before)
    assert "readWrite" in shown["main system"]
    assert shown["backlog"] == "about 12 transactions, the oldest since 2026-11-22 13:58:30+08:00"
    assert {"ALERT late", "ALERT silent"} <= shown.keys()


def test_nobody_to_deliver_to_is_said() -> None:
    shown = shown_of(situation(configured=False, said=None, silent_s=None))
    assert "CHENGMA_SYNC_MAIN_URI" in shown["main system"]
    assert shown["leader"] == "nobody has ever delivered"


@pytest.mark.parametrize(
    ("changes", "known", "words"),
    [
        ({}, (True, True), "answers"),
        ({"said": None, "silent_s": None}, (None, False), "not known: nobody has delivered to it so far"),
        ({"silent_s": 15.1}, (None, False), "not known, since no leader speaks"),
        (
            {"said": progress(last_delivered_at=None)},
            (None, True),
            "not known: this leader has had nothing to deliver so far",
        ),
    ],
)
def test_a_main_system_answers_only_if_a_leader_says_so(
    changes: dict[str, Any], known: tuple[bool | None, bool], words: str
) -> None:
    now = situation(**changes)
    assert (now.answers, now.up, shown_of(now)["main system"]) == (*known, words)


@pytest.mark.parametrize(
    ("failure", "word"),
    [
        ("database_unavailable", "AWAY"),
        ("refused_18", "REFUSED"),
        ("target_not_above", "REFUSED"),
        ("write_concern", "FAILING"),
    ],
)
def test_away_is_only_who_does_not_answer(failure: str, word: str) -> None:
    now = situation(said=progress(failing_since=NOW, failure=failure))
    title = failure_message(failure).title["en"]
    assert shown_of(now)["main system"].startswith(f"{word} since 2026-11-22 14:00:00+08:00: {title} ({failure}). ")
    assert (now.answers, now.up) == (False, False)


def test_alerts_name_no_field_of_the_interface() -> None:
    words = [text for alarm in ALARMS.values() for text in (*alarm.title.values(), *alarm.advice.values())]
    assert not [text for text in words if "main_system" in text or "leader" in text]


def test_dead_letters_are_counted_and_the_newest_named() -> None:
    many = [
        DeadLetter(
            ref=RecordRef(kind=RecordKind.SLOT, id=f"slot-{number}"),
            reason=DeadReason.OFF_STANDARD,
            flaws=tuple(Flaw(path=f"name{flaw}", rule="maxLength") for flaw in range(number)),
            since=NOW,
        )
        for number in range(5)
    ]
    counts = {(RecordKind.SLOT, DeadReason.OFF_STANDARD): 1200, (RecordKind.OUTLET, DeadReason.MISSING): 1}
    head, *rest = letter_lines(Letters(counts=counts, newest=many))
    assert head == "outlet missing 1, slot off_standard 1,200"
    assert rest[:2] == ["slot:slot-0: off_standard", "slot:slot-1: off_standard, name0 breaks maxLength"]
    assert rest[4].endswith("name2 breaks maxLength; 1 more")
    assert "newest of 1,201; all: GET /api/v1/admin/sync/dead-letters" in rest[5]
    assert "./scripts/sync replay" in rest[6]
    [(first, text), (second, _), *_] = [
        line for line in status_lines(situation(), None, Letters(counts=counts, newest=many)) if "slot" in line[1]
    ]
    assert (first, second, text) == ("dead letters", "", head)


def failed_reconciliation() -> Reconciliation:
    wish = Wish(kinds=(), depth=Depth.SUMS, treatment=Treatment.REPAIR, by=Asker.OPERATOR)
    return Reconciliation(id="rec_1", wish=wish, state=State.FAILED, asked_at=NOW, failure="database_unavailable")


def test_a_failed_reconciliation_says_why_and_what_to_do() -> None:
    advice = failure_message("database_unavailable")
    words = f"{advice.title['en']} (database_unavailable). {advice.advice['en']}"
    assert report_lines(failed_reconciliation())[-1] == f"failed: {words}"
    shown = shown_of(situation(), failed_reconciliation())["reconciled"]
    assert shown == f"2026-11-22 14:00:00+08:00: failed, 0 different, 0 left; {words}"


def test_a_replay_counts_its_records() -> None:
    assert said(1).startswith("sync: 1 record waits ")
    assert said(1200).startswith("sync: 1,200 records wait ")
    assert "nothing to deliver again" in said(0)


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
