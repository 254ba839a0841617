"""Sessions: started by a log-in, renewed by refresh tokens, ended at once."""

from collections.abc import Sequence
from datetime import timedelta

from services.common.batches import Batches
from services.common.clock import Clock, IdSource
from services.common.errors import DatabaseUnavailable, TooBusy
from services.identity.errors import SessionEnded
from services.identity.model import Actor, Role, Scope, Session, Tokens
from services.identity.ports import SessionFlags, SessionStore, StaffStore
from services.identity.rules import is_device, is_still
from services.identity.tokens import AccessTokens, RefreshClaim, RefreshTokens

# One look into the database serves so many, and takes no longer than the database may.
MOST_LOOK_UPS = 100
MOST_WAITING = 20_000
PATIENCE_S = 8.0


class Sessions:
    """Starts, renews, checks and ends sessions."""

    def __init__(
        self,
        *,
        store: SessionStore,
        flags: SessionFlags,
        staff: StaffStore,
        access: AccessTokens,
        refresh: RefreshTokens,
        clock: Clock,
        ids: IdSource,
        ttl_s: int,
    ) -> None:
        self._store = store
        self._flags = flags
        self._staff = staff
        self._access = access
        self._refresh = refresh
        self._clock = clock
        self._ids = ids
        self._ttl = timedelta(seconds=ttl_s)
        self._look_ups = Batches[str, bool](
            self._look_up, largest=MOST_LOOK_UPS, longest=MOST_WAITING, patience_s=PATIENCE_S
        )

    async def start(self, actor_id: str, role: Role, scopes: tuple[Scope, ...]) -> Tokens:
        """Start a session for somebody who has just proved who they are."""
        now = self._clock.now()
        session = Session(
            id=self._ids.new("ses"),
            actor_id=actor_id,
            role=role,
            generation=1,
            started_at=now,
            expires_at=now + self._ttl,
            ended_at=None,
        )
        await self._store.add(session)
        return self._tokens(session, scopes, generation=1)

    async def renew(self, refresh_token: str) -> Tokens:
        """Exchange a refresh token for new tokens; a used one ends the whole session.

        Whoever shows a used token holds a copy of it, and so may whoever used it first: which of
        the two is the thief cannot be told (RFC 9700, section 4.14.2).
        """
        now = self._clock.now()
        claim = self._refresh.read(refresh_token)
        session = await self._store.find(claim.session_id)
        if session is None or session.ended_at is not None or session.expires_at <= now:
            raise SessionEnded
        if not await self._store.claim_generation(claim.session_id, claim.generation):
            await self._end(claim.session_id)
            raise SessionEnded("a used refresh token came back; log in again")
        scopes = await self._current_scopes(session)
        return self._tokens(session, scopes, generation=claim.generation + 1)

    async def _current_scopes(self, session: Session) -> tuple[Scope, ...]:
        if session.role is Role.CITIZEN:
            return ()
        account = await self._staff.find(session.actor_id)
        if account is None or account.role is not session.role or not account.active:
            await self._end(session.id)
            raise SessionEnded
        return account.scopes

    def _tokens(self, session: Session, scopes: tuple[Scope, ...], *, generation: int) -> Tokens:
        actor = Actor(id=session.actor_id, role=session.role, scopes=scopes, session_id=session.id)
        return Tokens(
            access_token=self._access.issue(actor, self._clock.now()),
            refresh_token=self._refresh.issue(RefreshClaim(session_id=session.id, generation=generation)),
            expires_in=self._access.ttl_s,
            actor_id=session.actor_id,
            role=session.role,
        )

    def recall(self, access_token: str) -> Actor | None:
        """Return who stands behind a token that was read before and still holds; None for any other."""
        return self._access.recall(access_token, self._clock.now())

    def read(self, access_token: str) -> Actor:
        """Return who the token names; raises TokenInvalid or TokenExpired. The session may have ended."""
        return self._access.read(access_token, self._clock.now())

    async def ensure_live(self, actor: Actor, noted: bool | None) -> None:  # noqa: FBT001 -- a note, not a switch
        """Raise SessionEnded unless the session lives: as it is `noted` for all processes, else as it is stored."""
        if noted is None:
            try:
                noted = await self._look_ups.submit(actor.session_id)
            except TooBusy:
                raise DatabaseUnavailable(retry_after_s=1) from None
        if not noted:
            raise SessionEnded

    async def ensure_current(self, access_token: str) -> None:
        """Pass while the session lives and the account still is what its token says: for what outlasts a request.

        Raises TokenInvalid, TokenExpired, SessionEnded or DatabaseUnavailable.
        """
        actor = self.read(access_token)
        await self.ensure_live(actor, None)
        if actor.role is not Role.CITIZEN and not is_device(actor):
            account = await self._staff.find(actor.id)
            if account is None or not is_still(account, actor):
                raise SessionEnded

    async def _look_up(self, session_ids: Sequence[str]) -> list[bool | Exception]:
        living = await self._store.find_living(session_ids)
        await self._flags.note_live(living)
        return [session_id in living for session_id in session_ids]

    async def end(self, actor: Actor) -> None:
        """Log out: from now on every token of this session is refused."""
        await self._end(actor.session_id)

    async def _end(self, session_id: str) -> None:
        await self._store.end(session_id, self._clock.now())
        await self._flags.note_ended(session_id)
