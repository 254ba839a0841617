"""Effects as somebody wrote them: sessions that fit into a day and do not overlap, and blocks."""

from services.calendars.drafts import Faults, Written
from services.calendars.model import (
    Block,
    Blocks,
    Closed,
    Condition,
    Effect,
    EffectKind,
    Session,
    Sessions,
    SetAside,
    Worship,
)
from services.venues.model import Channel

HOUR = 60
_NOTHING: frozenset[str] = frozenset()


def read_effect(written: Written, when: Condition, faults: Faults) -> Effect:
    """Return the effect; what is wrong with it is noted."""
    kind = EffectKind(written["kind"])
    if kind is EffectKind.CLOSED:
        faults.ensure_fields(written, needed=_NOTHING, allowed=_NOTHING)
        return Closed()
    if kind is EffectKind.SESSIONS:
        faults.ensure_fields(written, needed=frozenset({"sessions"}), allowed=_NOTHING)
        return Sessions(sessions=_sessions(written, faults))
    needed = _NOTHING if isinstance(when, Worship) else frozenset({"blocks"})
    faults.ensure_fields(written, needed=needed, allowed=_NOTHING)
    return Blocks(blocks=_blocks(written, faults))


def minutes_of(text: str) -> int:
    """Return `HH:MM`, up to 24:00, as minutes after midnight."""
    hours, _, minutes = text.partition(":")
    return int(hours) * HOUR + int(minutes)


def clock_text(minutes: int) -> str:
    """Return minutes after midnight as `HH:MM`."""
    return f"{minutes // HOUR:02}:{minutes % HOUR:02}"


def _blocks(written: Written, faults: Faults) -> tuple[Block, ...]:
    found = []
    for at, one in enumerate(written["blocks"] or ()):
        block = Block(starts=minutes_of(one["starts"]), ends=minutes_of(one["ends"]))
        if block.ends <= block.starts:
            faults.add(f"blocks[{at}].to", "closes_before_opens", "`to` is not later than `from`")
        found.append(block)
    return tuple(found)


def _sessions(written: Written, faults: Faults) -> tuple[Session, ...]:
    found: list[Session] = []
    for at, one in enumerate(written["sessions"] or ()):
        within = faults.at(f"sessions[{at}]")
        session = _session(one, within)
        if any(session.opens < other.closes and other.opens < session.closes for other in found):
            within.add("opens", "sessions_overlap", "this overlaps a session before it")
        found.append(session)
    return tuple(found)


def _session(written: Written, faults: Faults) -> Session:
    session = Session(
        opens=minutes_of(written["opens"]),
        closes=minutes_of(written["closes"]),
        capacity=written["capacity"],
        slot_minutes=written["slot_minutes"],
        set_aside=tuple(SetAside(**one) for one in written["set_aside"] or ()),
        last_entry_before_end_min=written["last_entry_before_end_min"],
    )
    _judge_times(session, faults)
    _judge_places(session, faults)
    return session


def _judge_times(session: Session, faults: Faults) -> None:
    length, before_end = session.closes - session.opens, session.last_entry_before_end_min
    if length <= 0:
        faults.add("closes", "closes_before_opens", "this is not later than `opens`")
        return
    if session.step > length:
        detail = f"the session has {length} minutes"
        faults.add("slot_minutes", "shorter_than_slot", detail, str(length))
    elif before_end is not None and before_end >= session.step:
        most = str(session.step - 1)
        detail = f"a slot has {session.step} minutes"
        faults.add("last_entry_before_end_min", "out_of_range", detail, "0", most)


def _judge_places(session: Session, faults: Faults) -> None:
    channels = [one.channel for one in session.set_aside]
    faults.repeated(channels, lambda at: f"set_aside[{at}].channel")
    for at, channel in enumerate(channels):
        if channel is Channel.INDIVIDUAL:
            choices = ", ".join(one for one in Channel if one is not Channel.INDIVIDUAL)
            detail = f"must be one of: {choices}"
            faults.add(f"set_aside[{at}].channel", "not_allowed", detail, choices)
    if sum(one.places for one in session.set_aside) > session.capacity:
        most = str(session.capacity)
        faults.add("set_aside", "above_capacity", f"at most {most} places in all", most)
