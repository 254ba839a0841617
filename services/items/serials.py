"""Serials: an owner's own numbers, of which no two active items of one type shall have the same."""

from collections.abc import Collection, Sequence
from typing import Protocol

from services.identity.model import Scope
from services.items.errors import EventsRefused
from services.items.model import Item, ItemState
from services.items.rules import fault


class Bearers(Protocol):
    """Who finds items by their serials."""

    async def bearing(self, serials: Collection[str]) -> Sequence[Item]:
        """Return the items that have any of these serials."""


def is_taken(serial: str | None, bearers: Sequence[Item], *, item_id: str, type_id: str | None, owner: Scope) -> bool:
    """Tell whether another active item of this type and owner is among the bearers of the serial."""
    return any(
        one.serial == serial
        and one.id != item_id
        and one.state is ItemState.ACTIVE
        and (one.type_id, one.owner) == (type_id, owner)
        for one in bearers
    )


async def ensure_free(bearers: Bearers, serial: str | None, *, item_id: str, type_id: str | None, owner: Scope) -> None:
    """Raise EventsRefused where another item has the serial, as far as one look can tell."""
    if serial is None:
        return
    found = await bearers.bearing([serial])
    if is_taken(serial, found, item_id=item_id, type_id=type_id, owner=owner):
        detail = "another item of this owner and type has this serial"
        raise EventsRefused(errors=(fault("serial", "serial_taken", detail),))
