"""Inspectors' accounts as somebody else keeps them: who is one, where, and whether still."""

from services.common.clock import Clock
from services.identity.model import Role, Scope, StaffAccount
from services.identity.ports import InspectorStore, SessionFlags, SessionStore

NO_PASSWORD = ""  # nobody logs in by it; an operator sets one


class Inspectors:
    """Makes and changes accounts of inspectors; passwords and second factors are never touched."""

    def __init__(self, *, staff: InspectorStore, sessions: SessionStore, flags: SessionFlags, clock: Clock) -> None:
        self._staff = staff
        self._sessions = sessions
        self._flags = flags
        self._clock = clock

    async def find(self, account_id: str) -> StaffAccount | None:
        """Return the account, if there is one."""
        return await self._staff.find(account_id)

    async def find_by_username(self, username: str) -> StaffAccount | None:
        """Return the account, if there is one."""
        return await self._staff.find_by_username(username)

    async def is_like_another(self, username: str) -> bool:
        """Tell whether somebody has a user name that people would take for this one: it differs by case only."""
        return await self._staff.is_like_another(username)

    async def add(self, account_id: str, username: str, scopes: tuple[Scope, ...]) -> bool:
        """Add an account without a password; False when the name, or the id, is taken."""
        account = StaffAccount(
            id=account_id,
            username=username,
            password_hash=NO_PASSWORD,
            role=Role.INSPECTOR,
            scopes=scopes,
            demo=False,
        )
        return await self._staff.add(account)

    async def place(self, account: StaffAccount, scopes: tuple[Scope, ...], fence: int) -> bool:
        """Let the inspector answer for these scopes only; False when it was said under as high a fence."""
        done = await self._staff.claim_standing(account.id, scopes=scopes, active=True, fence=fence)
        if done and not set(account.scopes) <= set(scopes):
            await self._end_sessions(account.id)
        return done

    async def deactivate(self, account: StaffAccount, scopes: tuple[Scope, ...], fence: int) -> bool:
        """Let nobody in by this account any more; False when it was said under as high a fence."""
        done = await self._staff.claim_standing(account.id, scopes=scopes, active=False, fence=fence)
        if done:
            await self._end_sessions(account.id)
        return done

    async def _end_sessions(self, account_id: str) -> None:
        for session_id in await self._sessions.end_all_of(account_id, self._clock.now()):
            await self._flags.note_ended(session_id)
