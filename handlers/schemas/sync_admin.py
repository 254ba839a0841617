"""How delivering stands, and dead letters."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields

from handlers.messages.sync_admin import ALARMS, failure_message
from handlers.schemas.common import PageQuery, page_schema, shown, shown_id
from handlers.schemas.fields import Instant, Items, OneOf, Part, Text, WireSchema
from services.sync.model import RecordKind
from services.sync.reconciling.model import Asker, Reconciliation, State
from services.sync.relay.model import DeadLetter, DeadReason
from services.sync.relay.situation import Alarm, Situation

MOST_FLAWS = 1000
MOST_REPLAYED = 200
LETTER_ID = "reservation:rsv_01JD0000000000000000000000"
LETTER_ID_CHARACTERS = 100


def _seconds(example: float, **kwargs: Any) -> fields.Float:
    return fields.Float(required=True, metadata={"examples": [example]}, **kwargs)


class AlarmSchema(WireSchema):
    """Something that somebody has to look at, in the reader's language."""

    code = OneOf(Alarm, required=True)
    title = shown("The oldest fact has waited for too long")
    advice = shown("See whether the main system answers.")


class LeaderSchema(WireSchema):
    """The process that delivers: its machine and process id, and when it last said anything."""

    name = shown("server1:4711")
    said_at = Instant(required=True)
    silent_s = _seconds(1.2)


class MainSystemSchema(WireSchema):
    """Whom it is delivered to; the rest is null while it answers."""

    configured = fields.Boolean(required=True)
    failing_since = Instant(required=True, allow_none=True)
    failure = shown("database_unavailable", allow_none=True)
    advice = shown("Look at the network, firewalls and that database.", allow_none=True)


class DeadCountSchema(WireSchema):
    """Dead letters of one kind."""

    kind = OneOf(RecordKind, required=True)
    letters = shown(3)


class LastReconciliationSchema(WireSchema):
    """The latest reconciliation: `found` and `left` count differences, of all kinds."""

    id = shown_id("rec")
    state = OneOf(State, required=True)
    by = OneOf(Asker, required=True)
    asked_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)
    found = shown(10)
    left = shown(0)
    failure = shown("database_unavailable", allow_none=True)


class SyncSituationSchema(WireSchema):
    """How delivering to the main system stands.

    `lag_s` is for how many seconds the oldest fact waits; `alert` is true when that is more than `objective_s`, or when
    nobody delivers. `delivered` and `known` count records since this leader began, `rate` is records a second.
    """

    seen_at = Instant(required=True)
    alert = fields.Boolean(required=True)
    alarms = Items(Part(AlarmSchema), most=len(Alarm), required=True)
    lag_s = _seconds(0.8)
    objective_s = _seconds(60.0)
    oldest_at = Instant(required=True, allow_none=True)
    backlog = shown(12)
    rate = _seconds(85.5)
    delivered = shown(120000)
    known = shown(35)
    last_delivered_at = Instant(required=True, allow_none=True)
    leader = Part(LeaderSchema, required=True, allow_none=True)
    main_system = Part(MainSystemSchema, required=True)
    dead_letters = Items(Part(DeadCountSchema), most=len(RecordKind), required=True)
    last_reconciliation = Part(LastReconciliationSchema, required=True, allow_none=True)
    quality = shown("/api/v1/admin/sync/quality")


class DeadLettersQuery(PageQuery):
    """Of which kind; of all where it is not said."""

    kind = OneOf(RecordKind, load_default=None)


class LetterFlawSchema(WireSchema):
    """Where the record breaks the standard, and by which rule; never a value."""

    path = shown("entered_on")
    rule = shown("format")


class DeadLetterSchema(WireSchema):
    """A record that cannot be delivered, by its id here; `flaws` where it breaks the standard."""

    id = shown(LETTER_ID)
    kind = OneOf(RecordKind, required=True)
    record_id = shown_id("rsv")
    reason = OneOf(DeadReason, required=True)
    flaws = Items(Part(LetterFlawSchema), most=MOST_FLAWS, required=True)
    since = Instant(required=True)


DeadLetterPageSchema = page_schema(DeadLetterSchema, "DeadLetterPageSchema")


class ReplaySchema(WireSchema):
    """Which dead letters: those of a `kind`, those with these `ids`, or all where neither is said."""

    kind = OneOf(RecordKind, load_default=None)
    ids = Items(
        Text(longest=LETTER_ID_CHARACTERS, metadata={"examples": [LETTER_ID]}),
        least=1,
        most=MOST_REPLAYED,
        load_default=(),
    )


class ReplayedSchema(WireSchema):
    """How many records will be delivered again."""

    records = shown(3)


def situation_view(now: Situation, last: Reconciliation | None, language: str) -> Mapping[str, Any]:
    """Return how delivering stands as it is shown."""
    said = now.said
    return {
        "seen_at": now.seen_at,
        "alert": bool(now.alarms),
        "alarms": [
            {"code": one, "title": ALARMS[one].title[language], "advice": ALARMS[one].advice[language]}
            for one in now.alarms
        ],
        "lag_s": round(now.lag_s, 3),
        "objective_s": now.objective_s,
        "oldest_at": now.oldest_at,
        "backlog": now.backlog,
        "rate": 0.0 if said is None else round(said.rate, 1),
        "delivered": 0 if said is None else said.delivered,
        "known": 0 if said is None else said.known,
        "last_delivered_at": None if said is None else said.last_delivered_at,
        "leader": None if said is None else {"name": said.leader, "said_at": said.said_at, "silent_s": now.silent_s},
        "main_system": _main_system(now, language),
        "dead_letters": [{"kind": kind, "letters": many} for kind, many in sorted(now.dead.items())],
        "last_reconciliation": None if last is None else _reconciliation(last),
        "quality": "/api/v1/admin/sync/quality",
    }


def _main_system(now: Situation, language: str) -> Mapping[str, Any]:
    failure = None if now.said is None else now.said.failure
    return {
        "configured": now.configured,
        "failing_since": None if now.said is None else now.said.failing_since,
        "failure": failure,
        "advice": None if failure is None else failure_message(failure).advice[language],
    }


def _reconciliation(last: Reconciliation) -> Mapping[str, Any]:
    return {
        "id": last.id,
        "state": last.state,
        "by": last.wish.by,
        "asked_at": last.asked_at,
        "ended_at": last.ended_at,
        "found": sum(sum(kind.found.values()) for kind in last.kinds),
        "left": sum(kind.left for kind in last.kinds),
        "failure": last.failure,
    }


def letter_view(letter: DeadLetter) -> Mapping[str, Any]:
    """Return a dead letter as it is shown."""
    return {
        "id": letter.id,
        "kind": letter.ref.kind,
        "record_id": letter.ref.id,
        "reason": letter.reason,
        "flaws": letter.flaws[:MOST_FLAWS],
        "since": letter.since,
    }
