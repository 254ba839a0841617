"""The entry code of a reservation, for its citizen's phone."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from qr import gate_keys
from qr.artwork import entry_code_png
from qr.entry_code import ROTATION_SECONDS, EntryCode, EntryForm, EntryPass, screen_code, sign_entry_pass
from qr.identifiers import venue_tag
from services.common.clock import Clock
from services.reservations.entry_keys import EntryKeys
from services.reservations.errors import CodeRevoked, ReservationUnknown
from services.reservations.model import Reservation
from services.reservations.ports import ReservationStore, RevokedCodes
from services.reservations.rules import ensure_enterable, entry_ends_at, entry_window


@dataclass(frozen=True, kw_only=True)
class ScreenCode:
    """What a phone needs to show the code until `valid_until`, with or without network.

    `code` is right now; every `rotates_every_s` the phone draws it anew with `rotation_key`
    (`docs/codes.md`).
    """

    code: EntryCode = field(repr=False)
    rotates_every_s: int
    rotation_key: bytes = field(repr=False)
    valid_from: datetime
    valid_until: datetime


class EntryCodes:
    """Issues screen codes; nothing is stored, the same reservation always gets the same pass."""

    def __init__(self, *, reservations: ReservationStore, revoked: RevokedCodes, keys: EntryKeys, clock: Clock) -> None:
        self._reservations = reservations
        self._revoked = revoked
        self._keys = keys
        self._clock = clock

    async def issue(self, reservation_id: str, citizen_id: str) -> ScreenCode:
        """Return the code; raises ReservationUnknown, ReservationCancelled, ReservationOver or CodeRevoked."""
        reservation = await self._reservations.find(reservation_id, citizen_id)
        if reservation is None:
            raise ReservationUnknown
        now = self._clock.now()
        ensure_enterable(reservation, now)
        if await self._revoked.was_revoked(reservation_id):
            raise CodeRevoked
        return self._sign(reservation, now)

    async def draw(self, reservation_id: str, citizen_id: str) -> bytes:
        """Return the code of this moment as a PNG; drawn in a thread, as it takes some milliseconds."""
        issued = await self.issue(reservation_id, citizen_id)
        return await asyncio.to_thread(entry_code_png, issued.code)

    def _sign(self, reservation: Reservation, now: datetime) -> ScreenCode:
        tag = venue_tag(reservation.venue_id)
        entry_pass = EntryPass(
            form=EntryForm.SCREEN,
            kid=self._keys.keyring.active.kid,
            reservation_id=reservation.id,
            venue_tag=tag,
            starts_at=reservation.starts_at,
            ends_at=entry_ends_at(reservation),
            party_size=reservation.party_size,
        )
        day_key = self._keys.venue_day_key(tag, gate_keys.venue_day(reservation.starts_at))
        rotation_key = gate_keys.rotation_key(day_key, reservation.id)
        opens_at, closes_at = entry_window(reservation.starts_at, entry_ends_at(reservation))
        return ScreenCode(
            code=screen_code(sign_entry_pass(entry_pass, self._keys.keyring), rotation_key, now),
            rotates_every_s=ROTATION_SECONDS,
            rotation_key=rotation_key,
            valid_from=opens_at,
            valid_until=closes_at,
        )
