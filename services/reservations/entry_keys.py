"""The keys behind entry codes, in the shape that `qr` takes them."""

from datetime import date

from qr import gate_keys
from qr.keyring import Keyring, KeyState, SigningKey, VerifyKey
from services.keys.model import KeyPurpose, Keys


class EntryKeys:
    """Signs passes and derives the keys of venues and days."""

    def __init__(self, keys: Keys) -> None:
        signing = keys.active(KeyPurpose.ENTRY_SIGNING)
        active = SigningKey(kid=signing.kid, seed=signing.secret)
        self._gate_master = keys.active(KeyPurpose.GATE_MASTER).secret
        self.keyring = Keyring(
            active=active,
            verify_keys={
                key.kid: VerifyKey(
                    kid=key.kid,
                    public=SigningKey(kid=key.kid, seed=key.secret).public,
                    state=KeyState(key.state),
                )
                for key in keys.of(KeyPurpose.ENTRY_SIGNING)
            },
        )

    def venue_day_key(self, venue_tag: bytes, day: date) -> bytes:
        """Return the key that the gates of one venue hold on one day."""
        return gate_keys.venue_day_key(self._gate_master, venue_tag, day)
