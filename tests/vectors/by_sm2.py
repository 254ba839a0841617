"""Vectors of keys by SM2, for verifiers that know it: their signatures are fixed, see fixed_sm2."""

from collections.abc import Mapping
from dataclasses import replace

from qr.gate_pack import sign_gate_pack
from qr.keyring import KeyState, PublicKeyring
from tests.vectors import fixed_sm2
from tests.vectors.spellings import VISIT
from tests.vectors.steps import Case, Scan, once
from tests.vectors.town import (
    KEYS,
    NOW,
    OTHER_VENUE,
    PACK_KEYS,
    SM2_KEY,
    SM2_KID,
    SM2_SECRET,
    STEP,
    drawn,
    pack,
    payload,
    rotation_of,
    text,
)

ORDER = fixed_sm2.N


def packs() -> Mapping[str, bytes]:
    """Return packs that know the key, in each state."""
    ours = {
        "sm2": KEYS | {SM2_KID: SM2_KEY},
        "sm2 revoked": KEYS | {SM2_KID: replace(SM2_KEY, state=KeyState.REVOKED)},
        "no sm2": KEYS,
    }
    return {
        name: sign_gate_pack(replace(pack(), keys=PublicKeyring(verify_keys=keys)), PACK_KEYS)
        for name, keys in ours.items()
    }


def cases() -> list[Case]:
    """Return the vectors."""
    said, rotation = payload(VISIT, kid=SM2_KID), rotation_of(VISIT)
    good = said + _signature(said)
    code = drawn(good, NOW, rotation)
    r, s = good[-64:-32], good[-32:]
    over = (int.from_bytes(s, "big") + ORDER).to_bytes(33, "big")[-32:]
    paper = payload(VISIT, kid=SM2_KID, form=2)
    elsewhere = payload(VISIT, kid=SM2_KID, venue=OTHER_VENUE)
    wrong = {
        "a flipped bit in r": said + bytes([r[0] ^ 1]) + r[1:] + s,
        "a flipped bit in s": said + r + s[:-1] + bytes([s[-1] ^ 1]),
        "r and s swapped": said + s + r,
        "r of zero": said + bytes(32) + s,
        "s of zero": said + r + bytes(32),
        "s plus the order": said + r + over,
        "a signature of zeros": said + bytes(64),
        "a signature of ones": said + b"\xff" * 64,
        "for another purpose": said + fixed_sm2.sign(SM2_SECRET, b"chengma-plate-1" + said),
        "by another secret": said + fixed_sm2.sign(bytes(31) + b"\x05", b"chengma-entry-1" + said),
    }
    by_name = payload(VISIT, kid=1)
    return [
        once("by SM2", Scan(code, NOW), "admitted 3", "sm2"),
        once("by SM2, stale", Scan(drawn(good, NOW - 2 * STEP, rotation), NOW), "stale_code", "sm2"),
        once("by SM2, a wrong mac", Scan(drawn(good, NOW, bytes(32)), NOW), "bad_signature", "sm2"),
        once("by SM2, revoked key", Scan(code, NOW), "revoked", "sm2 revoked"),
        once("by SM2, unknown key", Scan(code, NOW), "unknown_key", "no sm2"),
        once("by SM2, on paper", Scan(text(paper + _signature(paper)), NOW), "document_tail_needed?", "sm2"),
        once(
            "by SM2, another venue",
            Scan(drawn(elsewhere + _signature(elsewhere), NOW, rotation), NOW),
            "wrong_venue",
            "sm2",
        ),
        once(
            "signed by SM2 under the kid of another algorithm",
            Scan(drawn(by_name + _signature(by_name), NOW, rotation), NOW),
            "bad_signature",
            "sm2",
        ),
        *(
            once(f"by SM2, {name}", Scan(drawn(body, NOW, rotation), NOW), "bad_signature", "sm2")
            for name, body in wrong.items()
        ),
    ]


def _signature(said: bytes) -> bytes:
    return fixed_sm2.sign(SM2_SECRET, b"chengma-entry-1" + said)
