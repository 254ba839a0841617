"""What packs need from outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from qr.keyring import Keyring
from services.admissions.packs.model import PartyMoved
from services.reservations.leases.model import Lease


class GateRecords(Protocol):
    """What gates and ledgers have kept of a day."""

    async def moved(self, venue_id: str, since: datetime, until: datetime) -> Sequence[PartyMoved]:
        """Return all parties' entries at a venue with since <= scanned_at < until, in any order."""

    async def freed(self, slot_ids: Collection[str]) -> Collection[str]:
        """Return the reservations that had places in these slots and gave them up."""

    async def people_inside(self, venue_id: str, day: date) -> int:
        """Return how many people are inside; may be negative where exits are counted and entries are not."""


class SlipTails(Protocol):
    """Whose documents stand behind the slips of a day."""

    async def tails_on(self, venue_id: str, on: date, known: Collection[str]) -> Mapping[str, Sequence[str]]:
        """Return the last characters of each document, by reservation; those that are `known` are left out."""


class RevokedCodes(Protocol):
    """Codes that open nothing."""

    async def of_day(self, venue_id: str, on: date) -> Sequence[str]:
        """Return the reservations for that day at that venue whose codes are revoked."""


class Ceilings(Protocol):
    """How many people venues may hold."""

    async def ceiling_of(self, venue_id: str) -> int | None:
        """Return the venue's ceiling; None where nobody has set one."""


class OpenLeases(Protocol):
    """Places for walk-ins."""

    async def open_of(self, gate_id: str, holder_id: str, on: date) -> Sequence[Lease]:
        """Return on what somebody can let people in at a gate, for slots on a day in the city."""


class SigningKeys(Protocol):
    """The keys of one purpose."""

    @property
    def keyring(self) -> Keyring:
        """The keys as they are now."""


class EntryCodeKeys(SigningKeys, Protocol):
    """The keys behind entry codes."""

    def venue_day_key(self, venue_tag: bytes, day: date) -> bytes:
        """Return the key that the gates of one venue hold on one day."""


class Devices(Protocol):
    """Who asks."""

    async def note_seen(self, device_id: str, *, pack_at: datetime | None = None) -> None:
        """Note that a device was given a pack."""
