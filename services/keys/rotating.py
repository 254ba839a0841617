"""Rotating and revoking: what an operator does to the keys that sign codes."""

from dataclasses import dataclass
from datetime import datetime

from qr.schemes import scheme
from services.common.clock import Clock
from services.keys.book import signing_key
from services.keys.errors import KeysRefused
from services.keys.model import Key, KeyAlgorithm, KeyChange, KeyPurpose, Keys, KeyState, RevocationReason
from services.keys.ports import KeyStore
from services.keys.rules import find_revocable, next_kid, revocation, rotation, succession


@dataclass(frozen=True, kw_only=True)
class Rotating:
    """Changes keys in the database; running processes take them within two seconds.

    Two operators at once: the number of the new key decides who was first, and the other is told so.
    """

    store: KeyStore
    clock: Clock

    async def rotate(self, purpose: KeyPurpose, algorithm: KeyAlgorithm | None = None) -> Key:
        """Make a key that signs from now on, and return it; codes that are out stay valid.

        Without `algorithm` it is that of the key that signs now. Raises KeysRefused or KeysChanged.
        """
        keys = await self.store.load()
        added = self._new(keys, purpose, algorithm, self.clock.now())
        await self.store.change(rotation(keys, added))
        return added

    async def revoke(self, purpose: KeyPurpose, kid: int, reason: RevocationReason) -> Key | None:
        """Withdraw a key; if it was the one that signs, make its successor in the same step, and return that.

        Raises KeysRefused or KeysChanged.
        """
        keys, now = await self.store.load(), self.clock.now()
        found = find_revocable(keys, purpose, kid)
        ending = revocation(found, reason, now)
        if found.state is not KeyState.ACTIVE:
            await self.store.change(KeyChange(added=None, ended=(ending,)))
            return None
        added = self._new(keys, purpose, None, now)
        await self.store.change(succession(keys, ending, added))
        return added

    def _new(self, keys: Keys, purpose: KeyPurpose, algorithm: KeyAlgorithm | None, now: datetime) -> Key:
        kid = next_kid(keys, purpose)
        chosen = algorithm or keys.active(purpose).algorithm
        key = Key(
            purpose=purpose,
            kid=kid,
            state=KeyState.ACTIVE,
            algorithm=chosen,
            secret=scheme(chosen).make_secret(),
            created_at=now,
        )
        try:
            signing_key(key)
        except ValueError as error:  # a machine without the library: its workers could not sign, either
            raise KeysRefused(str(error)) from error
        return key
