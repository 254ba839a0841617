"""`scripts/sync status`: how delivering stands, read off the database as `GET /api/v1/admin/sync` does."""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime

from handlers.messages.sync_admin import ALARMS
from handlers.schemas.sync_admin import SyncSituationSchema, situation_view
from server.commands.sync_letters import Letters, letter_lines, read_letters
from server.commands.sync_reconcile import failure_words, why_not_done
from server.config import Config
from server.sync.overseeing import build_overseeing, build_replaying
from server.sync.target import NOT_ABOVE
from server.wiring import open_stores
from services.common.clock import SystemClock, UlidSource
from services.common.errors import DatabaseUnavailable
from services.sync.reconciling.asking import ReconciliationDesk
from services.sync.reconciling.model import Reconciliation, State
from services.sync.reconciling.mongo import MongoReconciliations
from services.sync.relay.model import Progress
from services.sync.relay.situation import Situation, is_silent
from services.sync.wording import CITY_TIME

HEAD_WIDTH = 14


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--json", action="store_true", help="as GET /api/v1/admin/sync answers")


async def work(config: Config, given: argparse.Namespace) -> int:
    """Show how delivering stands; return 1 while an alert holds. Raises DatabaseUnavailable."""
    async with open_stores(config) as stores:
        now = await build_overseeing(config, stores.mongo).look()
        store = MongoReconciliations(stores.mongo)
        letters = await read_letters(build_replaying(config, stores.mongo))
        latest = await ReconciliationDesk(store=store, clock=SystemClock(), ids=UlidSource()).latest()
    last = latest[0] if latest else None
    if given.json:
        shown = SyncSituationSchema().dump(situation_view(now, last, "en"))
        sys.stdout.write(json.dumps(shown, ensure_ascii=False, indent=2) + "\n")
    else:
        lines = status_lines(now, last, letters)
        sys.stdout.write("".join(f"{head:{HEAD_WIDTH}}{text}\n" for head, text in lines))
    return 1 if now.alarms else 0


def status_lines(now: Situation, last: Reconciliation | None, letters: Letters) -> Iterator[tuple[str, str]]:
    """Yield what is shown, line by line: a head and a text."""
    yield "main system", _main_system(now)
    yield "leader", _leader(now)
    yield "lag", f"{now.lag_s:,.1f} s (objective {now.objective_s:,.0f} s)"
    since = "" if now.oldest_at is None else f", the oldest since {_instant(now.oldest_at)}"
    yield "backlog", f"about {now.backlog:,} transactions{since}" if now.backlog else "nothing waits"
    if now.said is not None:
        known = f", {now.said.known:,} were there already" if now.said.known else ""
        yield "delivered", f"{now.said.delivered:,} records since this leader began{known}; {now.said.rate:,.1f}/s now"
    for number, line in enumerate(letter_lines(letters)):
        yield "" if number else "dead letters", line
    yield "reconciled", _reconciled(last)
    for alarm in now.alarms:
        yield f"ALERT {alarm}", f"{ALARMS[alarm].title['en']}. {ALARMS[alarm].advice['en']}"


def _main_system(now: Situation) -> str:
    if not now.configured:
        return "none is configured: set CHENGMA_SYNC_MAIN_URI; what happens is told to webhooks only"
    if now.said is None:
        return "not known: nobody has delivered to it so far"
    failed = _failure(now.said)
    if is_silent(now.silent_s):
        return "not known, since no leader speaks" + (f"; the last one said: {failed}" if failed else "")
    if failed:
        return failed
    return "answers" if now.answers else "not known: this leader has had nothing to deliver so far"


def _failure(said: Progress) -> str:
    """Return what keeps the main system from taking records; empty when the leader knows of nothing."""
    if said.failing_since is None or said.failure is None:
        return ""
    return f"{_failure_state(said.failure)} since {_instant(said.failing_since)}: {failure_words(said.failure)}"


def _failure_state(code: str) -> str:
    if code == DatabaseUnavailable.code:
        return "AWAY"
    return "REFUSED" if code == NOT_ABOVE or code.startswith("refused_") else "FAILING"


def _leader(now: Situation) -> str:
    if now.said is None or now.silent_s is None:
        return "nobody has ever delivered"
    return f"{now.said.leader}, said something {now.silent_s:,.1f} s ago"


def _reconciled(last: Reconciliation | None) -> str:
    if last is None:
        return "never: ./scripts/sync reconcile"
    found, left = sum(sum(one.found.values()) for one in last.kinds), sum(one.left for one in last.kinds)
    shown = f"{_instant(last.asked_at)}: {last.state}, {found:,} different, {left:,} left"
    return f"{shown}; {why_not_done(last)}" if last.state in {State.FAILED, State.BROKEN_OFF} else shown


def _instant(instant: datetime) -> str:
    return instant.astimezone(CITY_TIME).isoformat(sep=" ", timespec="seconds")
