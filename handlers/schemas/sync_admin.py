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


def _number(example: float, told: str) -> fields.Float:
    return fields.Float(required=True, metadata={"examples": [example], "description": told})


def _count(example: int, told: str) -> fields.Integer:
    return fields.Integer(required=True, metadata={"examples": [example], "description": told})


def _told(text: str) -> dict[str, Any]:
    return {"required": True, "metadata": {"description": text}}


def _text(example: str, told: str, **kwargs: Any) -> fields.String:
    return fields.String(required=True, metadata={"examples": [example], "description": told}, **kwargs)


class AlarmSchema(WireSchema):
    """Something that somebody has to look at, in the reader's language."""

    code = OneOf(Alarm, **_told("`late`: something waits longer than `objective_s`; `silent`: nobody delivers."))
    title = _text("The oldest fact has waited for too long", "What is wrong.")
    advice = _text("See whether the main system answers.", "What to do about it.")


class LeaderSchema(WireSchema):
    """The process that delivers: its machine and process id, and when it last said anything."""

    name = _text("server1/pid:[4026531836]/4711", "Its machine, the processes there, and its number among them.")
    said_at = Instant(**_told("When it last said anything."))
    silent_s = _number(1.2, "Seconds since then; beyond 15 it is taken for dead.")


class MainSystemSchema(WireSchema):
    """Whom it is delivered to, as the leader last said; failure and advice are null when it knew of none."""

    configured = fields.Boolean(**_told("Whether there is a main system."))
    answers = fields.Boolean(
        **_told("Null when that is not known: no leader speaks, or it has had nothing to deliver so far."),
        allow_none=True,
    )
    failing_since = Instant(**_told("Since when it takes nothing."), allow_none=True)
    failure = _text("database_unavailable", "Why, as a code of `docs/sync.md`.", allow_none=True)
    advice = _text("Look at the network, firewalls and that database.", "What to do about it.", allow_none=True)


class DeadCountSchema(WireSchema):
    """Dead letters of one kind."""

    kind = OneOf(RecordKind, required=True)
    letters = _count(3, "How many records of it cannot be delivered.")


class LastReconciliationSchema(WireSchema):
    """The latest reconciliation: `found` and `left` count differences, of all kinds."""

    id = shown_id("rec")
    state = OneOf(State, required=True)
    by = OneOf(Asker, required=True)
    asked_at = Instant(**_told("When it was asked for."))
    ended_at = Instant(**_told("Null while it waits or runs."), allow_none=True)
    found = _count(10, "Differences that it found.")
    left = _count(0, "Those that are still there.")
    failure = _text("database_unavailable", "Why it failed, as a code of `docs/sync.md`.", allow_none=True)


class SyncSituationSchema(WireSchema):
    """How delivering to the main system stands, read from our database: also when nobody delivers."""

    seen_at = Instant(**_told("When all this was read."))
    alert = fields.Boolean(**_told("Whether there is any alarm."))
    alarms = Items(Part(AlarmSchema), most=len(Alarm), **_told("What somebody has to look at."))
    lag_s = _number(0.8, "For how many seconds the oldest transaction waits; 0 when none does.")
    objective_s = _number(60.0, "How long any may wait, the setting `sync.lag_objective_s`.")
    oldest_at = Instant(**_told("When the oldest transaction was made that waits."), allow_none=True)
    backlog = _count(12, "About how many transactions wait.")
    rate = _number(85.5, "Records a second that arrived of late.")
    delivered = _count(120000, "Records that arrived since this leader began.")
    known = _count(35, "Records that were there already, as new or newer, since this leader began.")
    last_delivered_at = Instant(**_told("When records last arrived, since this leader began."), allow_none=True)
    leader = Part(LeaderSchema, **_told("Who delivers; null when nobody ever did."), allow_none=True)
    main_system = Part(MainSystemSchema, **_told("Whom it is delivered to."))
    dead_letters = Items(
        Part(DeadCountSchema), most=len(RecordKind), **_told("What cannot be delivered, of kinds that have any.")
    )
    last_reconciliation = Part(LastReconciliationSchema, **_told("Null when there was none."), allow_none=True)
    quality = _text("/api/v1/admin/sync/quality", "Where it is told how good the records are that were delivered.")


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
        "answers": now.answers,
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
