"""Codes of plates, signed and read with the keys of their purpose."""

from qr.errors import CodeRefused
from qr.keyring import Keyring
from qr.links import plate_link
from qr.plate_code import PlateClaim, make_plate_code, read_plate_code
from qr.plate_list import PlateList, sign_plate_list
from services.patrols.plates.model import Plate


class PlateSigning:
    """Makes links and lists, and tells our codes from others."""

    def __init__(self, *, keyring: Keyring, public_url: str) -> None:
        self.keyring = keyring
        self._public_url = public_url

    @property
    def kid(self) -> int:
        """The key that signs now."""
        return self.keyring.active.kid

    def link(self, plate: Plate) -> str:
        """Return the link in a plate's code: always the same while the same key signs.

        A plate that is printed again after the keys have rotated is signed by the new key, and is still the same plate.
        """
        claim = PlateClaim(kid=self.kid, plate_id=plate.id, site_id=plate.site_id)
        return plate_link(self._public_url, make_plate_code(claim, self.keyring))

    def claim_of(self, text: str) -> PlateClaim | None:
        """Return what a code or a link says; None where it is not ours, or was signed by a key that was withdrawn."""
        try:
            return read_plate_code(text, self.keyring)
        except CodeRefused:
            return None

    def sign_list(self, listed: PlateList) -> bytes:
        """Return a list of ended plates with its signature."""
        return sign_plate_list(listed, self.keyring)
