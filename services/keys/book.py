"""The key book: the keys as the database had them a moment ago, for a process that never restarts for them."""

from collections.abc import Mapping

from qr.keyring import Keyring, KeyState, SigningKey
from services.keys.model import Key, KeyPurpose, Keys
from services.keys.model import KeyState as KeptState
from services.keys.rules import CODE_PURPOSES


class KeyBook:
    """Holds all keys, and keyrings of those that sign codes; `reloading` turns its pages.

    A key that is new to the book verifies at once, and signs from the next turn on: by then every other process has it
    too, and no gate meets a code by a key that it has never heard of. Only where the key before it was revoked does a
    new one sign at once.
    """

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._rings: Mapping[KeyPurpose, Keyring] = {
            purpose: keyring(keys, keys.active(purpose)) for purpose in CODE_PURPOSES
        }

    def is_settled(self) -> bool:
        """Tell whether the newest active keys sign already."""
        return all(ring.active.kid == self.keys.active(purpose).kid for purpose, ring in self._rings.items())

    def turn_to(self, keys: Keys) -> None:
        """Go by these keys from now on; raises ValueError, and stays as it is, for keys that make no keyring."""
        rings = {purpose: keyring(keys, self._signer(keys, purpose)) for purpose in CODE_PURPOSES}
        self._rings, self.keys = rings, keys

    def keyring(self, purpose: KeyPurpose) -> Keyring:
        """Return the keys of one of CODE_PURPOSES: the same object until the book turns."""
        return self._rings[purpose]

    def _signer(self, keys: Keys, purpose: KeyPurpose) -> Key:
        newest, ring = keys.active(purpose), self._rings[purpose]
        if newest.kid in ring.verify_keys:
            return newest
        last = [key for key in keys.of(purpose) if key.kid == ring.active.kid]
        return last[0] if last and last[0].state is not KeptState.REVOKED else newest


class CodeKeys:
    """The keys of one purpose, for whoever signs or verifies: take `keyring` anew for each piece of work."""

    def __init__(self, book: KeyBook, purpose: KeyPurpose) -> None:
        self._book = book
        self._purpose = purpose

    @property
    def keyring(self) -> Keyring:
        """The keys as they are now."""
        return self._book.keyring(self._purpose)


class PackKeys(CodeKeys):
    """The keys of offline packs, which sign nothing else."""

    def __init__(self, book: KeyBook) -> None:
        super().__init__(book, KeyPurpose.PACK_SIGNING)


def keyring(keys: Keys, signer: Key) -> Keyring:
    """Return the keys of one purpose in the shape that `qr` takes them; raises ValueError for unusable ones."""
    return Keyring(
        active=signing_key(signer),
        verify_keys={
            key.kid: signing_key(key).verify_key(KeyState.ACTIVE if key.kid == signer.kid else KeyState(key.state))
            for key in keys.of(signer.purpose)
        },
    )


def signing_key(key: Key) -> SigningKey:
    """Return the key that signs; raises ValueError for an algorithm that this machine cannot do."""
    return SigningKey(kid=key.kid, seed=key.secret, algorithm=key.algorithm)
