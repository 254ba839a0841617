"""Staff log in by user name and password, and by a second factor where they set one up."""

from datetime import timedelta

from services.common.clock import Clock
from services.common.protection import KeyedDigest
from services.common.turns import Turns
from services.identity.errors import CredentialsRefused, OtpRefused, OtpRequired
from services.identity.model import Attempts, StaffAccount, Tokens
from services.identity.ports import AttemptStore, PasswordHasher, StaffStore
from services.identity.rules import LONGEST_DELAY_S, ensure_not_locked, lock_after
from services.identity.second_factor import SecondFactors
from services.identity.sessions import Sessions

REMEMBER_FAILURES = timedelta(seconds=24 * LONGEST_DELAY_S)
COUNTING_TRIES = 20
WAITING_FOR_ONE_NAME = 50


class StaffLogin:
    """Checks credentials and counts failures, one try at a time for each user name."""

    def __init__(
        self,
        *,
        staff: StaffStore,
        attempts: AttemptStore,
        hasher: PasswordHasher,
        second_factors: SecondFactors,
        sessions: Sessions,
        digest: KeyedDigest,
        clock: Clock,
        demo: bool,
    ) -> None:
        self._staff = staff
        self._attempts = attempts
        self._hasher = hasher
        self._second_factors = second_factors
        self._sessions = sessions
        self._digest = digest
        self._turns = Turns(longest=WAITING_FOR_ONE_NAME)
        self._clock = clock
        self._demo = demo

    async def log_in(self, username: str, password: str, otp: str | None) -> Tokens:
        """Start a session; raises LockedOut, CredentialsRefused, OtpRequired or OtpRefused."""
        name_digest = self._digest.of("username", username)
        # One try at a time: a burst meets the lock that its own first tries have set.
        async with self._turns.turn(name_digest):
            return await self._log_in(name_digest, username, password, otp)

    async def _log_in(self, name_digest: str, username: str, password: str, otp: str | None) -> Tokens:
        ensure_not_locked(await self._attempts.get(name_digest), self._clock.now())
        try:
            account = await self._get_proved(username, password, otp)
        except (CredentialsRefused, OtpRefused):
            await self._count_failure(name_digest)
            raise
        await self._attempts.forget(name_digest)
        return await self._sessions.start(account.id, account.role, account.scopes)

    async def _find_usable(self, username: str) -> StaffAccount | None:
        account = await self._staff.find_by_username(username)
        if account is None or (account.demo and not self._demo) or not (account.active and account.password_hash):
            return None
        return account

    async def _get_proved(self, username: str, password: str, otp: str | None) -> StaffAccount:
        account = await self._find_usable(username)
        password_hash = account.password_hash if account else None
        if not await self._hasher.matches(password_hash, password) or account is None:
            raise CredentialsRefused
        if account.second_factor is not None and account.second_factor.confirmed:
            if otp is None:
                raise OtpRequired
            await self._second_factors.ensure_accepted(account, otp)
        return account

    async def _count_failure(self, name_digest: str) -> None:
        for _ in range(COUNTING_TRIES):
            now = self._clock.now()
            seen = await self._attempts.get(name_digest)
            failures = seen.failures + 1
            then = Attempts(failures=failures, locked_until=lock_after(failures, now))
            if await self._attempts.claim(name_digest, seen=seen, then=then, expires_at=now + REMEMBER_FAILURES):
                return
