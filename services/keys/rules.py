"""What may become of keys, and what follows from it."""

from dataclasses import replace
from datetime import datetime

from qr.keyring import MAX_KID
from services.keys.errors import KeysRefused
from services.keys.model import Ending, Key, KeyChange, KeyPurpose, Keys, KeyState, RevocationReason

# Keys that sign what hangs, lies or is shown outside; the others wrap or name what lies in the database.
CODE_PURPOSES = (KeyPurpose.ENTRY_SIGNING, KeyPurpose.PACK_SIGNING, KeyPurpose.PLATE_SIGNING)


def next_kid(keys: Keys, purpose: KeyPurpose) -> int:
    """Return the number of the next key; raises KeysRefused for a purpose that does not rotate, or no number left."""
    if purpose not in CODE_PURPOSES:
        raise KeysRefused(f"keys of {purpose} do not rotate; {', '.join(CODE_PURPOSES)} do")
    kid = max(key.kid for key in keys.of(purpose)) + 1
    if kid > MAX_KID:
        raise KeysRefused(f"{purpose} has used up its {MAX_KID} numbers")
    return kid


def rotation(keys: Keys, added: Key) -> KeyChange:
    """Return the change by which `added` signs, and the keys that signed until now only verify."""
    ended = tuple(_retire(key, added.created_at) for key in _active(keys, added.purpose))
    return KeyChange(added=added, ended=ended)


def find_revocable(keys: Keys, purpose: KeyPurpose, kid: int) -> Key:
    """Return the key; raises KeysRefused for one that there is not, or that is revoked already."""
    found = next((key for key in keys.of(purpose) if key.kid == kid), None)
    if found is None or purpose not in CODE_PURPOSES:
        raise KeysRefused(f"there is no key {kid} of {purpose} that could be revoked")
    if found.state is KeyState.REVOKED:
        raise KeysRefused(f"key {kid} of {purpose} is revoked already")
    return found


def revocation(key: Key, reason: RevocationReason, now: datetime) -> Ending:
    """Return the end of a key: nothing that it signed is believed any more."""
    revoked = replace(key, state=KeyState.REVOKED, revoked_at=now, revoked_for=reason)
    return Ending(key=revoked, before=key.state)


def succession(keys: Keys, revoked: Ending, added: Key) -> KeyChange:
    """Return the change by which a key that signs is revoked, and `added` signs instead: never is there none."""
    others = (key for key in _active(keys, added.purpose) if key.kid != revoked.key.kid)
    return KeyChange(added=added, ended=(revoked, *(_retire(key, added.created_at) for key in others)))


def _active(keys: Keys, purpose: KeyPurpose) -> list[Key]:
    return [key for key in keys.of(purpose) if key.state is KeyState.ACTIVE]


def _retire(key: Key, now: datetime) -> Ending:
    return Ending(key=replace(key, state=KeyState.RETIRING, retired_at=now), before=key.state)
