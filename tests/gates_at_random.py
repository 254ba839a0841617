"""Gates and what happens at them, drawn at random and decided by Python, in the form of tests/vectors/verdicts.json.

Most of what is drawn lies at an edge: of a window, of a step, of a party, of a ceiling, of a code's spelling.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from qr.gate_keys import venue_day_key
from qr.gate_pack import GatePack, PackGateUse, PackLease, mark_of, sign_gate_pack, tail_mark
from qr.gate_verifier import GateVerifier
from qr.identifiers import venue_tag
from qr.keyring import KeyState, PublicKeyring
from tests.spoilt_codes import NONE, spoilt
from tests.vectors import fixed_sm2, town
from tests.vectors.make import pack_keys
from tests.vectors.steps import Out, Recall, Scan, Step, WalkIn, play

PARTIES = [(town.booked(number), [1, 2, 3, 5, 24, 300, 1000][number % 7]) for number in range(40)]
LEASES = [town.LEASE, town.OVER_LEASE, town.booked(7)]
UNKNOWN_LEASES = [town.booked(8), "rsv_no", ""]
TAILS = [*town.TAILS, "123X", "wxyz", "0000", "12", "12345", "１２３x", "\ud800abc", ""]
PACKS = 12
SECOND, MS = timedelta(seconds=1), timedelta(milliseconds=1)


@dataclass(frozen=True)
class Visit:
    """One booking: who, how many, and when."""

    id: str
    size: int
    starts_at: datetime
    minutes: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


def verdicts(draw: Random, count: int) -> dict[str, Any]:
    """Return `count` cases in JSON, at a dozen gates, with Python's verdicts."""
    packs = {f"gate {number}": _pack(draw) for number in range(PACKS)}
    verifiers = {name: GateVerifier(pack) for name, pack in packs.items()}
    cases = []
    for number in range(count):
        name = draw.choice(list(packs))
        steps = play(_steps(draw, packs[name]), verifiers[name])
        cases.append({"name": f"at random {number}", "pack": name, "steps": steps})
    signed = {name: sign_gate_pack(pack, town.PACK_KEYS) for name, pack in packs.items()}
    return {
        "pack_keys": pack_keys(),
        "packs": {name: base64.b64encode(data).decode() for name, data in signed.items()},
        "cases": cases,
    }


def _pack(draw: Random) -> GatePack:
    away = timedelta(days=draw.choice([0, 0, 0, 0, 0, 1, -1]))
    day = town.DAY + away
    key = venue_day_key(town.MASTER, venue_tag(town.VENUE), day)
    marks = [mark_of(party) for party, _ in PARTIES]
    states = draw.choice([town.STATES, town.STATES, {kid: draw.choice(list(KeyState)) for kid in town.KEYS}])
    keys = {kid: replace(one, state=states[kid]) for kid, one in town.KEYS.items()} | {town.SM2_KID: town.SM2_KEY}
    return replace(
        town.pack(),
        gate_use=draw.choice([PackGateUse.ENTRANCE] * 6 + [PackGateUse.EXIT]),
        day=day,
        venue_day_key=key,
        expires_at=draw.choice([town.EXPIRES] * 4 + [town.ENDS]) + away,
        keys=PublicKeyring(verify_keys=keys),
        opens_before=draw.choice([0, 1, 1800, 86_400]) * SECOND,
        closes_after=draw.choice([0, 1, 900, 86_400]) * SECOND,
        ceiling=draw.choice([None] * 5 + [0, 45, 60, 5000]),
        inside=draw.choice([0, 40, 44, 60]),
        leases=tuple(_lease(draw, lease) for lease in LEASES),
        cancelled=frozenset(draw.sample(marks, 3)),
        revoked=frozenset(draw.sample(marks, 3)),
        admitted=frozenset(draw.sample(marks, 5)),
        partly_admitted={mark: draw.randint(1, 6) for mark in draw.sample(marks, 8)},
        tails=frozenset(tail_mark(key, party, draw.choice(town.TAILS)) for party, _ in PARTIES for _ in range(2)),
    )


def _lease(draw: Random, lease: str) -> PackLease:
    places = draw.randint(1, 12)
    return PackLease(
        id=lease,
        slot_id=town.SLOT,
        places=places,
        used=draw.randint(0, places + 1),
        starts_at=town.STARTS,
        ends_at=town.ENDS,
        expires_at=draw.choice([town.ENDS, town.ENDS, town.NOW, town.EXPIRES]),
    )


def _steps(draw: Random, pack: GatePack) -> list[Step | Recall]:
    """Return some steps about one or two parties, so that what is remembered matters."""
    steps: list[Step | Recall] = []
    visits = [_visit(draw, pack), _visit(draw, pack)]
    for _ in range(draw.choice([1, 1, 1, 2, 4])):
        decided = len(steps)
        steps.append(draw.choices([_scan, _walk_in, _out], [12, 2, 1])[0](draw, pack, draw.choice(visits)))
        if draw.random() < 0.7:
            steps.append(Recall("remember", decided))
        if draw.random() < 0.15:
            steps.append(Recall("forget", decided))
    return steps


def _visit(draw: Random, pack: GatePack) -> Visit:
    party, size = draw.choice(PARTIES)
    away = timedelta(days=(pack.day - town.DAY).days + draw.choice([0] * 9 + [1, -1]))
    hours = timedelta(hours=draw.choice([0] * 6 + [-10, -9, 3, 13, 14]))
    minutes = draw.choice([1, 23, 24, 120, 120, 120, 255, 256, 65_535])
    return Visit(party, size, town.STARTS + away + hours, minutes)


def _scan(draw: Random, pack: GatePack, visit: Visit) -> Step:
    at = _moment(draw, pack, visit.starts_at, visit.ends_at)
    drawn_at = at + draw.choice([0] * 10 + [-1, 1, -2, 2, 100]) * town.STEP
    count = draw.choice([None, None, 1, 2, visit.size, visit.size + 1])
    form = draw.choice([1, 1, 1, 2])
    how = draw.choice([NONE, NONE, NONE, "any"])
    code = spoilt(draw, how, lambda **fields: _code(draw, visit, drawn_at, form=form, **fields))
    return Scan(code, at, count, draw.choice([None, *TAILS]))


def _code(
    draw: Random,
    visit: Visit,
    drawn_at: datetime,
    *,
    form: int,
    venue: str = town.VENUE,
    kid: int | None = None,
    change: Callable[[bytes], bytes] = bytes,
    rotation: bytes | None = None,
) -> str:
    """Return a code: genuine, unless a field or `change`, of the bytes that were signed, makes it another."""
    kid = kid if kid is not None else draw.choice([1] * 20 + [2, 2, 3, 30, 255, 77, town.SM2_KID])
    said = town.payload(
        visit.id,
        form=form,
        kid=kid,
        venue=venue,
        starts_at=visit.starts_at,
        minutes=visit.minutes,
        party_size=visit.size,
    )
    body = change(_signed(said, kid))
    if form != 1:
        return town.text(body)
    return town.drawn(body, drawn_at, rotation or town.rotation_of(visit.id, venue=venue, starts_at=visit.starts_at))


def _signed(said: bytes, kid: int) -> bytes:
    if kid == town.SM2_KID:
        return said + fixed_sm2.sign(town.SM2_SECRET, b"chengma-entry-1" + said)
    return town.signed(said, town.ENTRY_KEYS.get(kid, town.STRANGER))


def _walk_in(draw: Random, pack: GatePack, _visit: Visit) -> Step:
    at = _moment(draw, pack, town.STARTS, town.ENDS)
    return WalkIn(draw.choice(LEASES * 3 + UNKNOWN_LEASES), draw.randint(1, 12), at)


def _out(draw: Random, pack: GatePack, visit: Visit) -> Step:
    return Out(draw.randint(1, 1000), _moment(draw, pack, visit.starts_at, visit.ends_at))


def _moment(draw: Random, pack: GatePack, starts_at: datetime, ends_at: datetime) -> datetime:
    """Return a time in the visit's window, or at one of the edges that there are; seldom after the pack's end."""
    opens_at, closes_at = starts_at - pack.opens_before, ends_at + pack.closes_after
    if draw.random() < 0.6:
        window_s = (min(closes_at, pack.expires_at) - opens_at) // SECOND
        return opens_at + draw.randrange(max(window_s, 1)) * SECOND + draw.randint(0, 999) * MS
    edges = [opens_at, closes_at, starts_at, ends_at, pack.expires_at, *(lease.expires_at for lease in pack.leases)]
    at = draw.choice(edges) + draw.choice([-SECOND, -MS, 0 * MS, MS, SECOND])
    if at > pack.expires_at + SECOND and draw.random() < 0.8:
        return pack.expires_at - draw.randint(1, 36_000) * SECOND
    return at


def coverage(decided: Mapping[str, Any]) -> dict[str, int]:
    """Return how many verdicts there are of each kind: by reason, by problem, and `admitted`."""
    found: dict[str, int] = {}
    for case in decided["cases"]:
        for verdict in (step["verdict"] for step in case["steps"] if "verdict" in step):
            kind = verdict["reason"] or verdict["problem"] or verdict["decision"]
            found[kind] = found.get(kind, 0) + 1
    return found
