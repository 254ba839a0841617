"""Keys, packs and codes of the vectors. All secrets are written here, so they are nobody's."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import cbor2
from base45 import b45encode

from qr.gate_keys import rotation_key, venue_day, venue_day_key
from qr.gate_pack import GatePack, PackGateUse, PackLease, PackSlot, mark_of, sign_gate_pack, tail_mark
from qr.identifiers import reservation_id_bytes, venue_tag
from qr.keyring import SM2, Keyring, KeyState, PublicKeyring, SigningKey, VerifyKey
from tests.vectors import fixed_sm2

STARTS = datetime(2027, 2, 6, 2, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=2)
NOW = STARTS + timedelta(minutes=5, seconds=7)
STEP = timedelta(seconds=15)
DAY = date(2027, 2, 6)
VENUE, OTHER_VENUE = "ven_01K0000000EXAMP7E000000002", "ven_01K0000000EXAMP7E000000003"
GATE, DEVICE = "gat_01K0000000EXAMP7E000000005", "dev_01K0000000EXAMP7E000000006"
SLOT, LEASE, OVER_LEASE = (f"{kind}_01K0000000EXAMP7E00000000{n}" for kind, n in (("slt", 7), ("rsv", 8), ("rsv", 9)))
EXPIRES = datetime(2027, 2, 6, 16, tzinfo=UTC)
MASTER = b"gate master key of the vectors!!"
OTHER_MASTER = b"gate master key of another city!"
SM2_KID = 9


def seed(name: str) -> bytes:
    """Return 32 bytes that stand for a secret of that name."""
    return hashlib.sha256(f"chengma vectors {name}".encode()).digest()


def signing(kid: int, name: str) -> SigningKey:
    return SigningKey(kid=kid, seed=seed(name))


ENTRY_KEYS = {kid: signing(kid, f"entry {kid}") for kid in (1, 2, 3, 30, 255)}
STRANGER = signing(1, "stranger")
PACK_KEY, OLD_PACK_KEY = signing(7, "pack"), signing(6, "old pack")
SM2_SECRET = seed("sm2")
STATES = {1: KeyState.ACTIVE, 2: KeyState.RETIRING, 3: KeyState.REVOKED, 30: KeyState.ACTIVE, 255: KeyState.ACTIVE}
KEYS = {kid: VerifyKey(kid=kid, public=key.public, state=STATES[kid]) for kid, key in ENTRY_KEYS.items()}
SM2_KEY = VerifyKey(kid=SM2_KID, public=fixed_sm2.public_of(SM2_SECRET), algorithm=SM2)
PACK_KEYS = Keyring(
    active=PACK_KEY,
    verify_keys={7: PACK_KEY.verify_key(), 6: OLD_PACK_KEY.verify_key(KeyState.REVOKED)},
)
DAY_KEY = venue_day_key(MASTER, venue_tag(VENUE), DAY)


def booked(number: int) -> str:
    """Return a reservation's id; each number has another mark."""
    return f"rsv_01K0000000EXAMP7E0000{number:05}"


CANCELLED, REVOKED, INSIDE, PARTLY, ON_PAPER, PAPER_CANCELLED = (booked(number) for number in range(101, 107))
TAILS = ("123x", "0042", "WXYZ")


def pack() -> GatePack:
    """Return the pack of the entrance, with one reservation of each kind, a lease and a lease that has ended."""
    lease = PackLease(
        id=LEASE,
        slot_id=SLOT,
        places=10,
        used=2,
        starts_at=STARTS,
        ends_at=ENDS,
        expires_at=ENDS,
    )
    return GatePack(
        kid=PACK_KEY.kid,
        venue_id=VENUE,
        gate_id=GATE,
        gate_use=PackGateUse.ENTRANCE,
        device_id=DEVICE,
        day=DAY,
        issued_at=STARTS - timedelta(minutes=30),
        expires_at=EXPIRES,
        venue_day_key=DAY_KEY,
        keys=PublicKeyring(verify_keys=KEYS),
        opens_before=timedelta(minutes=30),
        closes_after=timedelta(minutes=15),
        ceiling=None,
        inside=40,
        slots=(
            PackSlot(
                id=SLOT,
                starts_at=STARTS,
                ends_at=ENDS,
                last_entry_at=ENDS - timedelta(minutes=20),
                capacity=300,
                booked=120,
                walk_in_left=20,
            ),
        ),
        leases=(lease, replace(lease, id=OVER_LEASE, expires_at=STARTS)),
        cancelled=frozenset({mark_of(CANCELLED), mark_of(PAPER_CANCELLED), mark_of(booked(900))}),
        revoked=frozenset({mark_of(REVOKED)}),
        admitted=frozenset({mark_of(INSIDE)}),
        partly_admitted={mark_of(PARTLY): 2},
        tails=frozenset(
            [*(tail_mark(DAY_KEY, ON_PAPER, tail) for tail in TAILS), tail_mark(DAY_KEY, PAPER_CANCELLED, TAILS[0])]
        ),
    )


def pack_of_exit() -> GatePack:
    """Return the pack of the way out."""
    return replace(pack(), gate_use=PackGateUse.EXIT)


def packs() -> Mapping[str, bytes]:
    """Return the packs that cases refer to by name, signed."""
    entrance = pack()
    found = {
        "entrance": entrance,
        "exit": pack_of_exit(),
        "ceiling of 50": replace(entrance, ceiling=50),
        "full": replace(entrance, ceiling=40),
        "ceiling of 0, empty": replace(entrance, ceiling=0, inside=0),
        "read by hand": replace(entrance, device_id=None),
        "no keys": replace(entrance, keys=PublicKeyring(verify_keys={})),
        "tomorrow": replace(
            entrance,
            day=date(2027, 2, 7),
            venue_day_key=venue_day_key(MASTER, venue_tag(VENUE), date(2027, 2, 7)),
            expires_at=EXPIRES + timedelta(days=1),
        ),
        "day of another venue's key": replace(
            entrance, venue_day_key=venue_day_key(MASTER, venue_tag(OTHER_VENUE), DAY)
        ),
        "short window": replace(entrance, opens_before=timedelta(0), closes_after=timedelta(0)),
    }
    return {name: sign_gate_pack(one, PACK_KEYS) for name, one in found.items()}


def payload(
    reservation_id: str,
    *,
    form: int = 1,
    kid: int = 1,
    venue: str = VENUE,
    starts_at: datetime = STARTS,
    minutes: int = 120,
    party_size: int = 3,
) -> bytes:
    """Return the CBOR of a pass, by the page and not by our writer."""
    starts = int(starts_at.timestamp()) // 60
    raw = reservation_id_bytes(reservation_id)
    return cbor2.dumps([form, kid, raw, venue_tag(venue), starts, minutes, party_size], canonical=True)


def signed(said: bytes, key: SigningKey) -> bytes:
    """Return a payload and its signature."""
    return said + key.signer.sign(b"chengma-entry-1" + said)


def drawn(body: bytes, at: datetime, rotation: bytes) -> str:
    """Return the text of a screen code."""
    stepped = body + (int(at.timestamp()) // 15).to_bytes(4, "big")
    return text(stepped + hmac.digest(rotation, stepped, "sha256")[:8])


def text(body: bytes) -> str:
    """Return the text of a code's bytes."""
    return "CC1:" + str(b45encode(body).decode())


def rotation_of(
    reservation_id: str, *, venue: str = VENUE, starts_at: datetime = STARTS, master: bytes = MASTER
) -> bytes:
    """Return the key of a reservation's phone."""
    tag = venue_tag(venue)
    return rotation_key(venue_day_key(master, tag, venue_day(starts_at)), reservation_id)


def screen(reservation_id: str, at: datetime = NOW, **fields: Any) -> str:
    """Return a genuine code as its phone draws it at that time; `fields` are those of payload."""
    said = payload(reservation_id, **fields)
    lasting = {name: fields[name] for name in ("venue", "starts_at") if name in fields}
    rotation = rotation_of(reservation_id, **lasting)
    return drawn(signed(said, ENTRY_KEYS[fields.get("kid", 1)]), at, rotation)


def slip(reservation_id: str, **fields: Any) -> str:
    """Return a genuine code on paper."""
    said = payload(reservation_id, form=2, **fields)
    return text(signed(said, ENTRY_KEYS[1]))
