"""Password hashes by argon2id, off the event loop."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
AT_ONCE = 2


class Argon2Hasher:
    """argon2id (RFC 9106) with the parameters of the OWASP password storage cheat sheet: 19 MiB, t=2, p=1.

    At most AT_ONCE run at the same time in one process, so that a burst of log-ins cannot take
    its memory or all its cores.
    """

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """Return a new hash."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Compare; with None it takes as long and says False, so that names cannot be probed."""
        async with self._turns:
            verified = await asyncio.to_thread(self._verify, password_hash or self._nobody, password)
        return verified and password_hash is not None

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
