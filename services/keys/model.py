"""Keys, by purpose."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class KeyPurpose(StrEnum):
    """What a key is for; a key never serves two purposes."""

    ENTRY_SIGNING = "entry_signing"
    GATE_MASTER = "gate_master"
    SESSION_SIGNING = "session_signing"
    REFRESH_TOKENS = "refresh_tokens"
    DIGEST_PEPPER = "digest_pepper"
    ITEM_CODES = "item_codes"
    LOG_SIGNING = "log_signing"
    PLATE_SIGNING = "plate_signing"
    CLIENT_TOKENS = "client_tokens"
    PSEUDONYMS = "pseudonyms"


class KeyState(StrEnum):
    """Where a key stands in its life (NIST SP 800-57 part 1, section 7, reduced to what we use)."""

    ACTIVE = "active"
    RETIRING = "retiring"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key; `secret` is 32 bytes: an Ed25519 seed or a symmetric key."""

    purpose: KeyPurpose
    kid: int
    state: KeyState
    secret: bytes = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Keys:
    """All keys, newest last within a purpose."""

    all: tuple[Key, ...]

    def of(self, purpose: KeyPurpose) -> tuple[Key, ...]:
        """Return the keys of `purpose`, in every state."""
        return tuple(key for key in self.all if key.purpose is purpose)

    def active(self, purpose: KeyPurpose) -> Key:
        """Return the newest active key of `purpose`; there is always one after start-up."""
        return [key for key in self.of(purpose) if key.state is KeyState.ACTIVE][-1]
