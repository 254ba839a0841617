"""Custody: handing items over, and what the other party says to it. A transfer is open until the receiver accepts."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ulid import ULID

from services.common.clock import Clock
from services.common.model import IdempotentRequest
from services.identity.model import Actor, Scope
from services.items import life, wording
from services.items.errors import EventsRefused, ItemUnknown, TransferUnknown
from services.items.model import Item, Transfer, TransferPurpose, TransferState
from services.items.places import item_epc
from services.items.ports import RecordedEvent
from services.items.reading import ItemReading
from services.items.rules import fault
from services.items.telling import Tellers
from services.items.wording import CITY_TIME, Body, Telling
from services.venues.errors import OwnerUnknown
from services.venues.scopes import Scopes, scope_names

ULID_BYTES = 16
Wording = Callable[[Telling, Sequence[str], Transfer], Body]


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """A wish to hand items over, all from one holder; `due_on` is the day on which a loan ends."""

    actor: Actor
    item_ids: tuple[str, ...]
    to: Scope
    purpose: TransferPurpose
    due_on: date | None
    request: IdempotentRequest | None


class Direction(StrEnum):
    """Which way items are on their way, as the actor sees it."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


@dataclass(frozen=True, kw_only=True)
class OpenTransfer:
    """A transfer that is open or disputed, with the items that the actor sees of it."""

    transfer: Transfer
    item_ids: tuple[str, ...]


class Transferring:
    """Opens and ends transfers."""

    def __init__(self, *, tellers: Tellers, reading: ItemReading, scopes: Scopes, clock: Clock) -> None:
        self._scopes = scopes
        self._tellers = tellers
        self._reading = reading
        self._clock = clock

    async def hand_over(self, command: HandOver) -> Sequence[Item]:
        """Open a transfer and return its items; raises ItemUnknown, EventsRefused or IdempotencyKeyReused."""
        _ensure_to_come(command.due_on, self._clock.now())
        await self._ensure_known(command.to)
        event_id = self._tellers.event_id(command.request)
        items = await self._reading.get_all(command.actor, command.item_ids)
        transfer = Transfer(
            id=_transfer_id(event_id),
            state=TransferState.OPEN,
            purpose=command.purpose,
            source=await self._giver(event_id, items),
            destination=command.to,
            opened_at=self._clock.now(),
            due_on=command.due_on,
        )
        await self._tellers.tell(
            command.actor, lambda told: wording.hand_over(told, _epcs(items), transfer), event_id=event_id
        )
        return await self._reading.get_all(command.actor, command.item_ids)

    async def _ensure_known(self, party: Scope) -> None:
        try:
            await self._scopes.seen_by(party)
        except OwnerUnknown:
            raise EventsRefused(errors=(fault("to", "party_unknown", "no such party"),)) from None

    async def _giver(self, event_id: str, items: Sequence[Item]) -> Scope:
        """Return who hands over: whoever holds the items, or did when this was told before."""
        before = await self._tellers.told(event_id)
        if before is not None:
            return life.source_party(before.event) or items[0].holder
        if len({item.holder for item in items}) > 1:
            raise EventsRefused(errors=(fault("item_ids", "several_holders", "these items have several holders"),))
        return items[0].holder

    async def open(self, actor: Actor, direction: Direction | None) -> Sequence[OpenTransfer]:
        """Return what is on its way, the oldest first: all that the actor sees, or only one way."""
        found: dict[str, list[Item]] = {}
        for item in await self._reading.on_their_way(actor):
            if item.transfer is not None:
                found.setdefault(item.transfer.id, []).append(item)
        listed = []
        for items in found.values():
            transfer = items[0].transfer
            if transfer is not None and await self._concerns(actor, transfer, direction):
                listed.append(OpenTransfer(transfer=transfer, item_ids=tuple(sorted(item.id for item in items))))
        return sorted(listed, key=lambda one: (one.transfer.opened_at, one.transfer.id))

    async def _concerns(self, actor: Actor, transfer: Transfer, direction: Direction | None) -> bool:
        if direction is None:
            return True
        party = transfer.destination if direction is Direction.INCOMING else transfer.source
        return not set(scope_names(actor)).isdisjoint(await self._scopes.seen_by(party))

    async def accept(self, actor: Actor, transfer_id: str) -> Sequence[Item]:
        """Take the items over; again, changes nothing. Raises TransferUnknown or EventsRefused."""
        return await self._end(actor, transfer_id, "accepted", wording.accept)

    async def withdraw(self, actor: Actor, transfer_id: str) -> Sequence[Item]:
        """Call the items back; again, changes nothing. Raises TransferUnknown or EventsRefused."""
        return await self._end(actor, transfer_id, "withdrawn", wording.withdraw)

    async def dispute(self, actor: Actor, transfer_id: str) -> Sequence[Item]:
        """Say that what came is not what was meant; again, changes nothing. Raises TransferUnknown or EventsRefused."""
        return await self._end(actor, transfer_id, "disputed", wording.dispute)

    async def _end(self, actor: Actor, transfer_id: str, how: str, word: Wording) -> Sequence[Item]:
        event_id, before = await self._tellers.name(f"{life.OUR_EVENT}{transfer_id}:{how}")
        if before is not None:
            return await self._moved(actor, before)
        items = await self._reading.in_transfer(actor, transfer_id)
        transfer = next((item.transfer for item in items if item.transfer), None)
        if transfer is None:
            raise TransferUnknown
        await self._tellers.tell(actor, lambda told: word(told, _epcs(items), transfer), event_id=event_id)
        return await self._reading.get_all(actor, [item.id for item in items])

    async def _moved(self, actor: Actor, told: RecordedEvent) -> Sequence[Item]:
        """Return the items of what was told before; raises TransferUnknown for who has no part in it."""
        try:
            return await self._reading.get_all(actor, told.items)
        except ItemUnknown:
            raise TransferUnknown from None


def _ensure_to_come(due_on: date | None, now: datetime) -> None:
    if due_on is not None and due_on < now.astimezone(CITY_TIME).date():
        raise EventsRefused(errors=(fault("due_on", "day_over", "this day is over"),))


def _epcs(items: Sequence[Item]) -> list[str]:
    return [item_epc(item.id) for item in items]


def _transfer_id(event_id: str) -> str:
    """Return the transfer's id, the same for a repeated request."""
    return f"trf_{ULID.from_bytes(hashlib.sha256(event_id.encode()).digest()[:ULID_BYTES])}"
