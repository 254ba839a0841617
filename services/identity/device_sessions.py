"""Sessions of gate devices: one long-lived token each, renewed before it ends, ended at once."""

from datetime import timedelta

from services.common.clock import Clock, IdSource
from services.identity.errors import SessionEnded
from services.identity.model import Actor, DeviceToken, Role, Scope, Session
from services.identity.ports import SessionFlags, SessionStore
from services.identity.tokens import AccessTokens

# A device hangs at a gate where nobody logs in; it is ended by its session, and not by the clock.
DEVICE_TOKEN_LASTS = timedelta(days=365)
RENEWED_WITHIN = timedelta(days=30)


class DeviceSessions:
    """Starts, renews and ends the sessions of gate devices. They have no refresh tokens.

    A note that such a session ended outlives no longer than those of others: when it is gone, or Redis is away, the
    database is asked, where the session has ended or is not kept at all.
    """

    def __init__(
        self, *, store: SessionStore, flags: SessionFlags, access: AccessTokens, clock: Clock, ids: IdSource
    ) -> None:
        self._store = store
        self._flags = flags
        self._access = access
        self._clock = clock
        self._ids = ids

    async def start(self, device_id: str, scope: Scope) -> DeviceToken:
        """Start a session for a device that was just enrolled for this part of the city."""
        now = self._clock.now()
        session = Session(
            id=self._ids.new("ses"),
            actor_id=device_id,
            role=Role.GATE,
            generation=1,
            started_at=now,
            expires_at=now + DEVICE_TOKEN_LASTS,
            ended_at=None,
        )
        await self._store.add(session)
        return self._token(Actor(id=device_id, role=Role.GATE, scopes=(scope,), session_id=session.id))

    async def renew(self, actor: Actor, access_token: str) -> DeviceToken | None:
        """Return another token for one that ends within 30 days or whose key signs no more, else None.

        The first one goes on until its own end: an answer that is lost on its way locks nobody out. Raises
        SessionEnded.
        """
        now = self._clock.now()
        if not self._access.is_ageing(access_token, now + RENEWED_WITHIN):
            return None
        if not await self._store.claim_longer(actor.session_id, now + DEVICE_TOKEN_LASTS):
            raise SessionEnded
        return self._token(actor)

    async def end(self, session_id: str) -> None:
        """End a session: from now on its tokens are refused everywhere."""
        await self._store.end(session_id, self._clock.now())
        await self._flags.note_ended(session_id)

    def _token(self, actor: Actor) -> DeviceToken:
        now = self._clock.now()
        expires_at = now + DEVICE_TOKEN_LASTS
        return DeviceToken(
            access_token=self._access.issue_until(actor, now, expires_at),
            expires_at=expires_at,
            session_id=actor.session_id,
        )
