"""What of a complaint is kept secret, and how: texts encrypted, the complainer's secret as a digest of it."""

import hmac
from dataclasses import dataclass

from services.common.protection import FieldCipher, KeyedDigest
from services.patrols.complaints.model import Complaint


@dataclass(frozen=True, kw_only=True)
class Secrecy:
    """Encrypts and decrypts the texts of complaints; makes the secrets that open their answers."""

    cipher: FieldCipher
    digest: KeyedDigest

    async def seal(self, text: str | None) -> bytes | None:
        """Return the text as it is kept."""
        return None if text is None else await self.cipher.encrypt(text)

    async def open(self, ciphertext: bytes | None) -> str | None:
        """Return the text that was sealed, None when it is erased or there never was any."""
        return None if ciphertext is None else await self.cipher.decrypt(ciphertext)

    def text_digest(self, text: str) -> str:
        """Return what stands for a text in events; keyed, as a short text could else be found by trying."""
        return self.digest.of("complaint-text", text)

    def secret_of(self, complaint_id: str, request_id: str) -> str:
        """Return the secret of a complaint, of 128 bits: the same each time the same request is sent."""
        return self.digest.of("complaint-secret", complaint_id, request_id)

    def secret_digest(self, secret: str) -> str:
        """Return what is kept of a secret."""
        return self.digest.of("complaint-secret-kept", secret)

    def fits(self, complaint: Complaint, secret: str) -> bool:
        """Tell whether this is the complaint's secret; however it differs, that takes the same time."""
        return hmac.compare_digest(self.secret_digest(secret), complaint.secret_digest)
