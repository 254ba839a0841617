"""The secret in the link by which an owner answers without an account, and what is kept of it and of the answers."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.common.protection import FieldCipher, KeyedDigest

TOKEN_BYTES = 16
LONGEST_TOKEN = 64
PURPOSE = "rectification-link"


@dataclass(frozen=True, kw_only=True)
class Link:
    """A new link: its secret, and what is kept of it."""

    token: str = field(repr=False)
    digest: str
    sealed: bytes = field(repr=False)


class Links:
    """Makes links and recognises them; the secret itself is kept encrypted only, to be printed again."""

    def __init__(self, *, cipher: FieldCipher, digest: KeyedDigest, public_url: str) -> None:
        self._cipher = cipher
        self._digest = digest
        self._public_url = public_url

    async def new(self) -> Link:
        """Return a link of 128 random bits that nobody has had before."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        return Link(token=token, digest=self.digest_of(token), sealed=await self._cipher.encrypt(token))

    def digest_of(self, token: str) -> str:
        """Return what finds a finding by the secret of its link."""
        return self._digest.of(PURPOSE, token[:LONGEST_TOKEN])

    def url(self, token: str) -> str:
        """Return the address to print."""
        return f"{self._public_url}/r/{token}"

    async def url_of(self, sealed: bytes) -> str:
        """Return the address of a link that was made before."""
        return self.url(await self._cipher.decrypt(sealed))

    async def opened_answer(self, sealed: bytes) -> str:
        """Return the text of an answer."""
        return await self._cipher.decrypt(sealed)

    async def sealed_answer(self, finding_id: str, text: str, photos: Sequence[str]) -> tuple[bytes, str]:
        """Return the text of an answer as it is kept, and the digest by which a repeat is known."""
        return await self._cipher.encrypt(text), self._digest.of("rectification-answer", finding_id, text, *photos)
