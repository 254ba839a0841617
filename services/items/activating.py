"""Activation: binding a minted code to a thing, in one scan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qr.errors import CodeRefused
from qr.item_code import ItemKeyring, read_item_code
from services.common.model import IdempotentRequest
from services.identity.model import Actor, Scope
from services.items import wording
from services.items.acting import Places
from services.items.errors import CodeUnknown, EventsRefused
from services.items.model import Item
from services.items.places import Place, item_epc
from services.items.ports import RecordStore
from services.items.reading import ItemReading
from services.items.rules import fault
from services.items.serials import Bearers, ensure_free
from services.items.telling import Tellers
from services.venues.errors import OwnerUnknown
from services.venues.scopes import Scopes

LINK_PATH = "/i/"


@dataclass(frozen=True, kw_only=True)
class Activate:
    """What a scan of `code`, or of the link around it, is to become. `name` is the type's unless given.

    `holder` is who has the thing, its owner unless given; `serial` the owner's own number for it.
    """

    actor: Actor
    code: str
    name: str | None
    serial: str | None
    attributes: Mapping[str, Any]
    place: Place | None
    holder: Scope | None
    request: IdempotentRequest | None


class Activating:
    """Turns codes into items."""

    def __init__(
        self,
        *,
        tellers: Tellers,
        reading: ItemReading,
        records: RecordStore,
        serials: Bearers,
        scopes: Scopes,
        places: Places,
        keyring: ItemKeyring,
    ) -> None:
        self._tellers = tellers
        self._records = records
        self._serials = serials
        self._scopes = scopes
        self._reading = reading
        self._places = places
        self._keyring = keyring

    async def activate(self, command: Activate) -> Item:
        """Return the new item; raises CodeUnknown, PlaceUnknown, EventsRefused or IdempotencyKeyReused."""
        item_id = self.item_id_of(command.code)
        await self._ensure_known(command.holder)
        batch = (await self._records.batches_of([item_id])).get(item_id)
        if batch is not None:
            await ensure_free(self._serials, command.serial, item_id=item_id, type_id=batch.type_id, owner=batch.owner)
        await self._tellers.tell(
            command.actor,
            lambda told: wording.register(
                told,
                item_epc(item_id),
                name=command.name,
                serial=command.serial,
                attributes=command.attributes,
                holder=command.holder,
            ),
            event_id=self._tellers.event_id(command.request),
            subject="code",
            place=await self._places.uri_of(command.place),
        )
        return await self._reading.get(command.actor, item_id)

    async def _ensure_known(self, holder: Scope | None) -> None:
        try:
            if holder is not None:
                await self._scopes.seen_by(holder)
        except OwnerUnknown:
            raise EventsRefused(errors=(fault("holder", "party_unknown", "no such party"),)) from None

    def item_id_of(self, scanned: str) -> str:
        """Return the id of the item behind a code or its link; raises CodeUnknown unless we made it."""
        try:
            return read_item_code(scanned.rpartition(LINK_PATH)[2], self._keyring).item_id
        except CodeRefused:
            raise CodeUnknown from None
