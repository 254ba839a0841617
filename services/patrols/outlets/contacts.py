"""Contacts of outlets: kept as one ciphertext each, read by the staff of their district."""

import json
from collections.abc import Sequence

from services.common.protection import FieldCipher
from services.patrols.outlets.model import Contact, ProtectedContact


class Contacts:
    """Protects contacts, and reads them again."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    async def protected(self, contacts: Sequence[Contact]) -> tuple[ProtectedContact, ...]:
        """Return the contacts as they are kept."""
        return tuple([ProtectedContact(ciphertext=await self._cipher.encrypt(_text_of(one))) for one in contacts])

    async def readable(self, contacts: Sequence[ProtectedContact]) -> Sequence[Contact]:
        """Return the contacts as they were given."""
        return [Contact(**json.loads(await self._cipher.decrypt(one.ciphertext))) for one in contacts]

    async def kept_or_new(
        self, kept: tuple[ProtectedContact, ...], given: Sequence[Contact] | None
    ) -> tuple[ProtectedContact, ...] | None:
        """Return the given contacts as they are to be kept, or None where they say what is kept already."""
        if given is None or list(await self.readable(kept)) == list(given):
            return None
        return await self.protected(given)


def _text_of(contact: Contact) -> str:
    return json.dumps({"name": contact.name, "phone": contact.phone}, ensure_ascii=False)
