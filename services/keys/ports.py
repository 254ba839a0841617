"""What rotating and reloading need of the database and of whoever watches."""

from collections.abc import Mapping
from typing import Protocol

from services.keys.model import KeyChange, Keys, KeyState


class KeptKeys(Protocol):
    """Keys as they are kept; every call raises DatabaseUnavailable."""

    async def load(self) -> Keys:
        """Return all keys, unwrapped; raises MasterKeyMismatch."""

    async def states(self) -> Mapping[str, KeyState]:
        """Return the state of each key by its id: without a secret, and as cheap as can be."""


class KeyStore(KeptKeys, Protocol):
    """Where keys are kept, and changed."""

    async def change(self, change: KeyChange) -> None:
        """Make the change, all of it or nothing; raises KeysChanged if the keys are no longer as it supposes."""


class KeyNews(Protocol):
    """Whom a process tells what becomes of its keys."""

    def turned(self, keys: Keys) -> None:
        """The process goes by these keys from now on."""

    def unreadable(self, error: Exception) -> None:
        """The keys in the database cannot be used, and the process keeps those it has."""
