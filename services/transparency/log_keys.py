"""The log's own keys: the newest active one signs, and all but revoked ones verify."""

from qr.keyring import ED25519, SigningKey
from services.keys.model import Key, KeyPurpose, Keys, KeyState
from services.transparency.notes import LOG_KEY, PublicKey


class LogKeys:
    """Keys of the log named `origin`."""

    ALGORITHM = ED25519

    def __init__(self, keys: Keys, origin: str) -> None:
        self.origin = origin
        self.signing = _signing(keys.active(KeyPurpose.LOG_SIGNING))
        known = [key for key in keys.of(KeyPurpose.LOG_SIGNING) if key.state is not KeyState.REVOKED]
        self.verifying = tuple(self._public(_signing(key)) for key in known)

    @property
    def public(self) -> PublicKey:
        """The public half of the key that signs now."""
        return self._public(self.signing)

    def _public(self, key: SigningKey) -> PublicKey:
        return PublicKey(name=self.origin, kind=LOG_KEY, public=key.public)


def _signing(key: Key) -> SigningKey:
    return SigningKey(kid=key.kid, seed=key.secret)
