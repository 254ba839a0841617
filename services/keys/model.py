"""Keys, by purpose."""

from collections.abc import Mapping
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
    PACK_SIGNING = "pack_signing"
    CLIENT_TOKENS = "client_tokens"
    PSEUDONYMS = "pseudonyms"


class KeyState(StrEnum):
    """Where a key stands in its life (NIST SP 800-57 part 1, section 7, reduced to what we use)."""

    ACTIVE = "active"
    RETIRING = "retiring"
    REVOKED = "revoked"


class RevocationReason(StrEnum):
    """Why a key was withdrawn (of RFC 5280, section 5.3.1, what fits)."""

    COMPROMISED = "compromised"
    SUPERSEDED = "superseded"
    NO_LONGER_USED = "no_longer_used"


class KeyAlgorithm(StrEnum):
    """What a signing key signs by; a symmetric key has no use for it."""

    ED25519 = "Ed25519"
    SM2 = "SM2"


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key; `secret` is 32 bytes: an Ed25519 seed, an SM2 private key (big-endian) or a symmetric key."""

    purpose: KeyPurpose
    kid: int
    state: KeyState
    algorithm: KeyAlgorithm = KeyAlgorithm.ED25519
    secret: bytes = field(repr=False)
    created_at: datetime
    retired_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_for: RevocationReason | None = None

    @property
    def id(self) -> str:
        """Purpose and number: there is one key of each."""
        return f"{self.purpose}:{self.kid}"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """All keys, newest last within a purpose."""

    all: tuple[Key, ...]

    def of(self, purpose: KeyPurpose) -> tuple[Key, ...]:
        """Return the keys of `purpose`, in every state."""
        return tuple(key for key in self.all if key.purpose is purpose)

    def active(self, purpose: KeyPurpose) -> Key:
        """Return the newest active key of `purpose`; there is always one after start-up, else ValueError."""
        found = [key for key in self.of(purpose) if key.state is KeyState.ACTIVE]
        if not found:
            raise ValueError(f"there is no active key of {purpose}")
        return found[-1]

    def states(self) -> Mapping[str, KeyState]:
        """Return the state of each key by its id."""
        return {key.id: key.state for key in self.all}


@dataclass(frozen=True, kw_only=True)
class Ending:
    """A key as it will be, and the state that it must be in until then."""

    key: Key
    before: KeyState


@dataclass(frozen=True, kw_only=True)
class KeyChange:
    """What happens to the keys of one purpose in one step: all of it, or nothing."""

    added: Key | None
    ended: tuple[Ending, ...]
