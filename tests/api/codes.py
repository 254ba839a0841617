"""Entry codes as a phone draws them, by docs/codes.md alone, and as a forger or another time would."""

import base64
import hmac
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from base45 import b45decode, b45encode

from qr import gate_keys
from qr.entry_code import EntryForm, EntryPass, paper_code, screen_code, sign_entry_pass
from qr.identifiers import venue_tag
from qr.keyring import Keyring, SigningKey, VerifyKey
from services.keys.book import KeyBook
from services.keys.model import KeyPurpose
from services.reservations.entry_keys import EntryKeys
from tests.api.house import House

STEP_S = 15
MOVING_BYTES = 12


def present_step() -> int:
    return int(time.time()) // STEP_S


def redraw(issued: Mapping[str, Any], step: int) -> str:
    """Return what a phone draws in `step`, from what it was once given."""
    key = base64.urlsafe_b64decode(issued["rotation_key"] + "=" * (-len(issued["rotation_key"]) % 4))
    assert len(key) == 32
    lasting = b45decode(issued["code"].removeprefix("CC1:"))[:-MOVING_BYTES]
    stepped = lasting + step.to_bytes(4, "big")
    return encoded(stepped + hmac.digest(key, stepped, "sha256")[:8])


def encoded(body: bytes) -> str:
    text: str = b45encode(body).decode()
    return "CC1:" + text


def changed(code: str, place: int) -> str:
    """Return `code` with one bit flipped in the byte at `place`, negative from the end."""
    body = bytearray(b45decode(code.removeprefix("CC1:")))
    body[place] ^= 1
    return encoded(bytes(body))


class Forge:
    """Signs passes outside the server: with its own keys, as it would at another time, or with others."""

    def __init__(self, keys: EntryKeys, withdrawn: Keyring) -> None:
        self._keys = keys
        self._withdrawn = withdrawn

    @classmethod
    async def of(cls, house: House, withdrawn_kid: int) -> "Forge":
        keys = await house.stores.keys.load()
        secret = next(key.secret for key in keys.of(KeyPurpose.ENTRY_SIGNING) if key.kid == withdrawn_kid)
        return cls(EntryKeys(KeyBook(keys)), ring(withdrawn_kid, secret))

    def code(self, entry_pass: EntryPass, now: datetime) -> str:
        """Return the genuine code of a pass."""
        return self._draw(entry_pass, self._keys.keyring, now)

    def code_by_withdrawn_key(self, entry_pass: EntryPass, now: datetime) -> str:
        return self._draw(entry_pass, self._withdrawn, now)

    def code_by_strangers_key(self, entry_pass: EntryPass, now: datetime) -> str:
        """Return a code that is right in all but the key that signed it; the pass names the kid it claims."""
        return self._draw(entry_pass, ring(entry_pass.kid, b"a stranger's secret of 32 bytes!"), now)

    def slip(self, entry_pass: EntryPass) -> str:
        """Return the genuine paper code of a pass."""
        return paper_code(sign_entry_pass(entry_pass, self._keys.keyring))

    def _draw(self, entry_pass: EntryPass, keyring: Keyring, now: datetime) -> str:
        day_key = self._keys.venue_day_key(entry_pass.venue_tag, gate_keys.venue_day(entry_pass.starts_at))
        return screen_code(
            sign_entry_pass(entry_pass, keyring), gate_keys.rotation_key(day_key, entry_pass.reservation_id), now
        )


def ring(kid: int, secret: bytes) -> Keyring:
    key = SigningKey(kid=kid, seed=secret)
    return Keyring(active=key, verify_keys={kid: VerifyKey(kid=kid, public=key.public)})


def pass_of(
    reservation_id: str,
    venue_id: str,
    window: tuple[datetime, datetime],
    *,
    kid: int = 1,
    party_size: int = 2,
    form: EntryForm = EntryForm.SCREEN,
) -> EntryPass:
    return EntryPass(
        form=form,
        kid=kid,
        reservation_id=reservation_id,
        venue_tag=venue_tag(venue_id),
        starts_at=window[0],
        ends_at=window[1],
        party_size=party_size,
    )
