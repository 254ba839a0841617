"""Codes of plates, signed and read with the keys of their purpose."""

from typing import Protocol

from qr.errors import CodeRefused
from qr.keyring import Keyring
from qr.links import plate_link
from qr.plate_code import PlateClaim, make_plate_code, read_plate_code
from qr.plate_list import PlateList, sign_plate_list
from services.patrols.plates.model import Plate


class RingHolder(Protocol):
    """Has the keys of plates as they are now."""

    @property
    def keyring(self) -> Keyring:
        """Take it anew for each piece of work."""


class PlateSigning:
    """Makes links and lists, and tells our codes from others."""

    def __init__(self, *, keys: RingHolder, public_url: str) -> None:
        self._keys = keys
        self._public_url = public_url

    @property
    def kid(self) -> int:
        """The key that signs now."""
        return self._keys.keyring.active.kid

    def link(self, plate: Plate) -> str:
        """Return the link in a plate's code: always the same while the same key of Ed25519 signs.

        A plate that is printed again after the keys have rotated is signed by the new key, and is still the same plate.
        """
        keyring = self._keys.keyring
        claim = PlateClaim(kid=keyring.active.kid, plate_id=plate.id, site_id=plate.site_id)
        return plate_link(self._public_url, make_plate_code(claim, keyring))

    def claim_of(self, text: str) -> PlateClaim | None:
        """Return what a code or a link says; None where it is not ours, or was signed by a key that was withdrawn."""
        try:
            return read_plate_code(text, self._keys.keyring)
        except CodeRefused:
            return None

    def sign_list(self, listed: PlateList) -> bytes:
        """Return a list of ended plates with its signature."""
        return sign_plate_list(listed, self._keys.keyring)
