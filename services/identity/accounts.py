"""Staff accounts, as operators make them."""

from services.common.clock import IdSource
from services.identity.errors import AccountInvalid
from services.identity.model import Role, Scope, StaffAccount
from services.identity.ports import PasswordHasher, StaffStore
from services.identity.rules import ensure_creatable, ensure_password


class StaffAccounts:
    """Adds staff accounts, and sets their passwords."""

    def __init__(self, *, staff: StaffStore, hasher: PasswordHasher, ids: IdSource) -> None:
        self._staff = staff
        self._hasher = hasher
        self._ids = ids

    async def add(self, username: str, password: str, role: Role, scopes: tuple[Scope, ...]) -> str:
        """Add an account and return its id; raises AccountInvalid."""
        ensure_creatable(username, password, role)
        account = StaffAccount(
            id=self._ids.new("stf"),
            username=username,
            password_hash=await self._hasher.hash(password),
            role=role,
            scopes=scopes,
            demo=False,
        )
        if not await self._staff.add(account):
            raise AccountInvalid(f"there is an account named {username} already")
        return account.id

    async def set_password(self, username: str, password: str) -> str:
        """Give an account another password, or its first, and return its id; raises AccountInvalid."""
        ensure_password(password)
        account = await self._staff.find_by_username(username)
        if account is None:
            raise AccountInvalid(f"there is no account named {username}")
        await self._staff.replace_password(account.id, await self._hasher.hash(password))
        return account.id
