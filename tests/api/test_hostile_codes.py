"""Codes that somebody has worked on, shown at a real gate: nobody is let in, nothing breaks, nothing is told."""

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx

from qr import gate_keys
from qr.entry_code import EntryPass
from qr.keyring import Keyring, SigningKey
from services.keys.book import KeyBook
from services.reservations.entry_keys import EntryKeys
from tests.api.codes import pass_of
from tests.api.conftest import SIGNS_OF_DEFECTS, WORKERS
from tests.api.house import House, accepted
from tests.hostile_codes import MAY_BE, Hostile, Hostiles, random_id

CODES, TOGETHER = 2550, 48
SEED = 80
# So many steps from now that none is of the present while they are shown.
LEAST_DRIFT = 40
TOLD = ("Traceback", "Exception", "Error", "cbor", "base45", "nacl", ".py")
TELLING_CHARACTERS = 16
OTHER_CITY = SigningKey(kid=1, seed=b"another city's secret, 32 bytes!")
OTHER_MASTER = b"another city's gate master key!!"


def rotation_of(entry_pass: EntryPass, keys: EntryKeys) -> bytes:
    day_key = keys.venue_day_key(entry_pass.venue_tag, gate_keys.venue_day(entry_pass.starts_at))
    return gate_keys.rotation_key(day_key, entry_pass.reservation_id)


def rotation_abroad(entry_pass: EntryPass) -> bytes:
    day = gate_keys.venue_day(entry_pass.starts_at)
    day_key = gate_keys.venue_day_key(OTHER_MASTER, entry_pass.venue_tag, day)
    return gate_keys.rotation_key(day_key, entry_pass.reservation_id)


async def hostiles(house: House) -> Hostiles:
    keys = EntryKeys(KeyBook(await house.stores.keys.load()))
    starts_at = datetime.now(UTC).replace(second=0, microsecond=0)
    window, source = (starts_at, starts_at + timedelta(hours=1)), random.Random(SEED)

    def passes(venue_id: str, count: int) -> list[EntryPass]:
        kid = keys.keyring.active.kid
        return [pass_of(random_id(source), venue_id, window, kid=kid) for _ in range(count)]

    return Hostiles(
        keyring=keys.keyring,
        stranger=SigningKey(kid=1, seed=b"a stranger's secret of 32 bytes!"),
        other_city=Keyring(active=OTHER_CITY, verify_keys={1: OTHER_CITY.verify_key()}),
        rotation_key_of=lambda one: rotation_of(one, keys),
        other_rotation_key_of=rotation_abroad,
        genuine=passes(house.venue["id"], 40),
        elsewhere=passes(house.side_venue["id"], 10),
        now=datetime.now(UTC),
        least_drift=LEAST_DRIFT,
    )


async def test_thousands_of_hostile_codes_open_no_gate_break_nothing_and_stay_out_of_the_logs(house: House) -> None:
    gate, known = await house.staff("gate"), await hostiles(house)
    codes = list(Hostile(known, SEED).codes(CODES))
    at_once = asyncio.Semaphore(TOGETHER)

    async def shown(code: str) -> httpx.Response:
        async with at_once:
            return await gate.scan(house.entrances[0], code)

    answers = await asyncio.gather(*(shown(code) for _, code in codes))
    reasons: Counter[str] = Counter()
    for (kind, code), answer in zip(codes, answers, strict=True):
        reasons[judged(kind, code, answer)] += 1
    assert reasons.keys() >= {"malformed", "bad_signature", "stale_code", "wrong_venue"}
    for one in (*known.genuine, *known.elsewhere):
        assert await house.count("passes", _id=one.reservation_id) == 0
    ensure_untold(house, [code for _, code in codes])
    # All this began with codes that are good.
    good = Hostile(replace(known, now=datetime.now(UTC)), SEED).fresh[0]
    scan = accepted(await gate.scan(house.entrances[0], good))
    assert (scan["decision"], scan["admitted_now"]) == ("admitted", 2)


def judged(kind: str, code: str, answer: httpx.Response) -> str:
    """Return the reason of a refusal, after a look at what else it says."""
    assert not [word for word in TOLD if word in answer.text], answer.text
    if not code:
        assert answer.status_code == 422
        return "nothing"
    scan = accepted(answer)
    assert scan["decision"] == "refused", (kind, scan)
    assert scan["reason"] in MAY_BE[kind], (kind, scan)
    assert (scan["reservation_id"], scan["admitted_now"], scan["party_size"]) == (None, 0, 0)
    return str(scan["reason"])


def ensure_untold(house: House, codes: list[str]) -> None:
    """Look in all logs for the beginning, the middle and the end of each code, and for signs of defects."""
    logs = "".join(house.server.log(f"worker-{worker}") for worker in range(WORKERS)) + house.server.output
    parts = {
        code[start : start + TELLING_CHARACTERS]
        for code in codes
        for start in (4, len(code) // 2, len(code) - TELLING_CHARACTERS)
        if len(code) > 3 * TELLING_CHARACTERS
    }
    assert len(parts) > CODES
    windows = {logs[at : at + TELLING_CHARACTERS] for at in range(len(logs))}
    assert not parts & windows
    assert not [sign for sign in SIGNS_OF_DEFECTS if sign in logs]
