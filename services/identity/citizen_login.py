"""Citizens log in by the code that WeChat gives their phone."""

from services.common.clock import Clock, IdSource
from services.common.protection import FieldCipher, KeyedDigest
from services.identity.model import Role, Tokens
from services.identity.ports import CitizenStore, WeChat
from services.identity.sessions import Sessions


class CitizenLogin:
    """Turns a WeChat code into a session; the same person is always the same citizen."""

    def __init__(
        self,
        *,
        wechat: WeChat,
        citizens: CitizenStore,
        sessions: Sessions,
        cipher: FieldCipher,
        digest: KeyedDigest,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._wechat = wechat
        self._citizens = citizens
        self._sessions = sessions
        self._cipher = cipher
        self._digest = digest
        self._clock = clock
        self._ids = ids

    async def log_in(self, code: str) -> Tokens:
        """Exchange `code`, find or add the citizen, start a session."""
        identity = await self._wechat.exchange_code(code)
        citizen_id = await self._citizens.get_or_add(
            openid_digest=self._digest.of("openid", identity.openid),
            openid=await self._cipher.encrypt(identity.openid),
            new_id=self._ids.new("cit"),
            now=self._clock.now(),
        )
        return await self._sessions.start(citizen_id, Role.CITIZEN, ())
