"""How fast a gate decides without network, against a bare check of the signature, which nobody can do without."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import nacl.signing
from ulid import ULID

from qr.entry_code import EntryForm, EntryPass, screen_code, sign_entry_pass, verify_at_venue
from qr.entry_pass import encode_pass
from qr.gate_keys import rotation_key, venue_day, venue_day_key
from qr.gate_pack import GatePack, PackGateUse, mark_of
from qr.gate_verifier import GateDecision, GateMemory, GateVerifier
from qr.identifiers import venue_tag
from qr.keyring import Keyring, SigningKey
from scripts.benchmarks.figures import Better, Bound, Row, ratios, rotated
from scripts.benchmarks.progress import say

BARE, OFFLINE, ONLINE = "bare verify", "offline verdict", "online reading"
VENUE = "ven_01K0000000EXAMP7E000000002"
MASTER = b"a gate master key for benchmarks"
STARTS = datetime(2027, 2, 6, 2, tzinfo=UTC)
NOW = STARTS + timedelta(minutes=5)
CODES = 1000
KNOWN = 20_000
TURNS = 4  # of each in a round, one after another, so that all meet the same machine
OF_BARE = Bound(floor=0.60, aim=None, better=Better.HIGHER)


@dataclass(frozen=True, kw_only=True)
class _Code:
    """A genuine code of a party of its own, and what a bare check of its signature needs."""

    text: str
    message: bytes
    signature: bytes


class _Bench:
    """One gate with the pack of a full day, and codes that were drawn just now."""

    def __init__(self) -> None:
        key = SigningKey(kid=1, seed=bytes(range(32)))
        self._ring = Keyring(active=key, verify_keys={1: key.verify_key()})
        self._tag = venue_tag(VENUE)
        self._day_key = venue_day_key(MASTER, self._tag, venue_day(STARTS))
        self._bare = nacl.signing.VerifyKey(key.public)
        self._codes = [self._draw(f"rsv_{ULID()}") for _ in range(CODES)]
        self._verifier = GateVerifier(self._pack())

    def bare(self) -> None:
        """Check the signatures, with a key that is built already."""
        for code in self._codes:
            self._bare.verify(code.message, code.signature)

    def offline(self) -> None:
        """Decide, as a gate without network does: from the text to the verdict."""
        memory = GateMemory()
        for code in self._codes:
            if self._verifier.decide(code.text, NOW, memory=memory).decision is not GateDecision.ADMITTED:
                raise ValueError("a genuine code was refused")

    def online(self) -> None:
        """Read, as a server does before it looks at its database."""
        for code in self._codes:
            verify_at_venue(
                code.text,
                keyring=self._ring,
                venue_tag=self._tag,
                venue_day_key_for=lambda tag, day: venue_day_key(MASTER, tag, day),
                now=NOW,
            )

    def _draw(self, reservation_id: str) -> _Code:
        entry_pass = EntryPass(
            form=EntryForm.SCREEN,
            kid=1,
            reservation_id=reservation_id,
            venue_tag=self._tag,
            starts_at=STARTS,
            ends_at=STARTS + timedelta(hours=2),
            party_size=3,
        )
        signed = sign_entry_pass(entry_pass, self._ring)
        text = screen_code(signed, rotation_key(self._day_key, reservation_id), NOW)
        message = b"chengma-entry-1" + encode_pass(entry_pass)
        return _Code(text=text, message=message, signature=signed.signature)

    def _pack(self) -> GatePack:
        others = [mark_of(f"rsv_{ULID()}") for _ in range(KNOWN)]
        return GatePack(
            kid=1,
            venue_id=VENUE,
            gate_id="gat_01K0000000EXAMP7E000000005",
            gate_use=PackGateUse.ENTRANCE,
            device_id=None,
            day=venue_day(STARTS),
            issued_at=STARTS,
            expires_at=STARTS + timedelta(hours=12),
            venue_day_key=self._day_key,
            keys=self._ring,
            opens_before=timedelta(minutes=30),
            closes_after=timedelta(minutes=15),
            ceiling=100_000,
            inside=0,
            cancelled=frozenset(others[::4]),
            revoked=frozenset(others[1::4]),
            admitted=frozenset(others[2::4]),
            partly_admitted=dict.fromkeys(others[3::4], 1),
        )


async def measure_offline(rounds: int) -> list[Row]:
    """Return how fast verdicts are, against bare signatures in the same rounds; runs in a thread of its own."""
    found = await asyncio.to_thread(_measure, rounds)
    bare = [one[BARE] for one in found]
    offline, online = ([one[name] for one in found] for name in (OFFLINE, ONLINE))
    return [
        Row(
            measure="offline verdicts against bare signatures",
            unit="times",
            values=ratios(offline, bare),
            bound=OF_BARE,
        ),
        Row(measure="online readings against bare signatures", unit="times", values=ratios(online, bare)),
        Row(measure="offline verdicts", unit="verdicts/s", values=tuple(offline)),
    ]


def _measure(rounds: int) -> Sequence[dict[str, float]]:
    bench = _Bench()
    works = {BARE: bench.bare, OFFLINE: bench.offline, ONLINE: bench.online}
    for work in works.values():  # once unmeasured: caches and the clock of the processor
        work()
    return [_round(works, turn) for turn in range(rounds)]


def _round(works: dict[str, Callable[[], None]], turn: int) -> dict[str, float]:
    spent = dict.fromkeys(works, 0.0)
    for again in range(TURNS):
        for name in rotated(list(works), turn + again):
            started = time.thread_time()
            works[name]()
            # The processor's time, not the clock's: what else runs on the machine is no part of it.
            spent[name] += time.thread_time() - started
    rates = {name: TURNS * CODES / seconds for name, seconds in spent.items()}
    say(", ".join(f"{name}: {rate:,.0f}/s" for name, rate in rates.items()))
    return rates
