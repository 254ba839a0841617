"""What identity needs from outside."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.identity.model import Attempts, Scope, SecondFactor, Session, StaffAccount, WeChatIdentity


class WeChat(Protocol):
    """WeChat's log-in service."""

    async def exchange_code(self, code: str) -> WeChatIdentity:
        """Return who holds the phone that made `code`; raises a refusal named `wechat_…`."""


class CitizenStore(Protocol):
    """Citizens, found by the keyed digest of their openid."""

    async def get_or_add(self, *, openid_digest: str, openid: bytes, new_id: str, now: datetime) -> str:
        """Return the citizen's id; `new_id` becomes it when nobody has the digest yet."""


class StaffStore(Protocol):
    """Staff accounts, found by user name or id."""

    async def find_by_username(self, username: str) -> StaffAccount | None:
        """Return the account, if there is one."""

    async def find(self, account_id: str) -> StaffAccount | None:
        """Return the account, if there is one."""

    async def add(self, account: StaffAccount) -> bool:
        """Add an account together with its user name; False when the name, or the id, is taken."""

    async def replace_password(self, account_id: str, password_hash: str) -> bool:
        """Set another password; False when there is no such account."""

    async def inspectors_within(self, scopes: Collection[Scope]) -> Sequence[StaffAccount]:
        """Return the active inspectors who have one of these scopes, in the order of their ids."""

    async def remove_demo(self) -> Sequence[str]:
        """Remove every demo account and return their ids."""

    async def replace_second_factor(
        self, account_id: str, *, seen: SecondFactor | None, then: SecondFactor | None
    ) -> bool:
        """Replace the secret that was `seen` by `then`; False when it is no longer there, or as it was."""

    async def claim_otp_step(self, account_id: str, step: int) -> bool:
        """Take a TOTP step for this account; False when it, or a later one, was used already."""


class InspectorStore(StaffStore, Protocol):
    """Staff accounts whose standing the main system decides."""

    async def is_like_another(self, username: str) -> bool:
        """Tell whether somebody has a user name that differs from this one by case only."""

    async def claim_standing(self, account_id: str, *, scopes: tuple[Scope, ...], active: bool, fence: int) -> bool:
        """Set both; False when they were set under as high a fence, or there is no such account."""


class AttemptStore(Protocol):
    """Failed log-ins, by a digest of the user name (known or not)."""

    async def get(self, username_digest: str) -> Attempts:
        """Return the failures in a row; none for an unknown digest."""

    async def claim(self, username_digest: str, *, seen: Attempts, then: Attempts, expires_at: datetime) -> bool:
        """Replace what was `seen` by `then`; False when somebody else was faster."""

    async def forget(self, username_digest: str) -> None:
        """Start again from no failures."""


class SessionStore(Protocol):
    """Sessions."""

    async def add(self, session: Session) -> None:
        """Keep a new session."""

    async def find(self, session_id: str) -> Session | None:
        """Return the session, if it is still kept."""

    async def find_living(self, session_ids: Sequence[str]) -> Collection[str]:
        """Return those that are kept and have not ended."""

    async def claim_generation(self, session_id: str, generation: int) -> bool:
        """Use up a refresh token: True once for each generation, while the session lives."""

    async def claim_longer(self, session_id: str, expires_at: datetime) -> bool:
        """Let the session last until then; False when it has ended, or is kept no more."""

    async def end(self, session_id: str, now: datetime) -> None:
        """End the session for good."""

    async def end_all_of(self, actor_id: str, now: datetime) -> Sequence[str]:
        """End every session of an actor and return their ids."""


class SessionFlags(Protocol):
    """A quick shared note of which sessions live; it may forget, and then the store is asked."""

    async def note_live(self, session_ids: Collection[str]) -> None:
        """Note that they live; never overwrites a note that one ended."""

    async def note_ended(self, session_id: str) -> None:
        """Note that it ended."""


class PasswordHasher(Protocol):
    """Slow, salted password hashes."""

    async def hash(self, password: str) -> str:
        """Return a new hash."""

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Compare; with None it takes as long and says False, so that names cannot be probed."""
