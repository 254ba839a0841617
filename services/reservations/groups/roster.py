"""The names of a group: a table that the leader sends, whole or refused, and read back masked."""

import json
from collections.abc import Sequence

from services.common.clock import Clock
from services.common.protection import FieldCipher
from services.identity.model import Actor
from services.reservations.drafting import Drafting
from services.reservations.groups.errors import RosterClosed, RosterInUse, RosterUnknown
from services.reservations.groups.model import ENDED, Application
from services.reservations.groups.ports import ApplicationStore, Entries, RosterTables
from services.reservations.groups.reading import ApplicationReading
from services.reservations.groups.roster_rows import ID_NUMBER, ID_TYPE, NAME, template_heads
from services.reservations.model import (
    DocumentType,
    MaskedVisitor,
    ProtectedVisitor,
    ReservationStatus,
    Visitor,
)
from services.reservations.ports import ReservationStore
from services.reservations.rules import masked_name, masked_number, read_identity
from services.tables.errors import TableRefused

SHEET = "roster"


class Rosters:
    """Takes rosters and shows them."""

    def __init__(
        self,
        *,
        store: ApplicationStore,
        reading: ApplicationReading,
        reservations: ReservationStore,
        entries: Entries,
        tables: RosterTables,
        drafting: Drafting,
        cipher: FieldCipher,
        clock: Clock,
    ) -> None:
        self._store = store
        self._reading = reading
        self._reservations = reservations
        self._entries = entries
        self._tables = tables
        self._drafting = drafting
        self._cipher = cipher
        self._clock = clock
        self._template: bytes | None = None

    async def template(self) -> bytes:
        """Return an empty table to fill in; raises TooBusy or TablesUnavailable."""
        if self._template is None:
            self._template = await self._tables.write_sheet(SHEET, template_heads(), [])
        return self._template

    async def take(self, citizen_id: str, application_id: str, file: bytes, form: str) -> int:
        """Keep the names in place of the former ones, and return how many; with any faulty row nothing changes.

        Raises ApplicationUnknown, RosterClosed, RosterInUse, TableUnreadable, TableRefused, TooBusy or
        TablesUnavailable.
        """
        application = await self._reading.get_own(citizen_id, application_id)
        await self._ensure_open(application)
        read = await self._tables.read_roster(file, form, application.party_size)
        if read.faults:
            raise TableRefused(*read.faults)
        rows = [row for piece in read.pieces for row in json.loads(piece)]
        visitors = await self._drafting.protect([_visitor(row) for row in rows])
        # Reading took a while, in which somebody may have come, or the venue moved them.
        application = await self._reading.get_own(citizen_id, application_id)
        await self._ensure_open(application)
        if not await self._store.put_roster(application, visitors, self._clock.now()):
            raise RosterClosed
        return len(visitors)

    async def own(self, citizen_id: str, application_id: str) -> Sequence[MaskedVisitor]:
        """Return the leader's roster, masked; raises ApplicationUnknown or RosterUnknown."""
        return await self._masked(await self._reading.get_own(citizen_id, application_id))

    async def within(self, actor: Actor, application_id: str) -> Sequence[MaskedVisitor]:
        """Return the roster of a group at a venue within the actor's scope, masked; raises the same."""
        return await self._masked(await self._reading.get_within(actor, application_id))

    async def _ensure_open(self, application: Application) -> None:
        if application.status in ENDED or application.ends_at <= self._clock.now():
            raise RosterClosed
        if application.reservation_id is None:
            return
        reservation = await self._reservations.find(application.reservation_id, application.citizen_id)
        if reservation is None:  # its approval is under way
            return
        if reservation.status is not ReservationStatus.BOOKED:
            raise RosterClosed
        if await self._entries.admitted_count(reservation):
            raise RosterInUse

    async def _masked(self, application: Application) -> Sequence[MaskedVisitor]:
        visitors = await self._store.find_roster(application.id)
        if visitors is None:
            raise RosterUnknown
        return [await self._mask(one) for one in visitors]

    async def _mask(self, visitor: ProtectedVisitor) -> MaskedVisitor:
        name, number = read_identity(await self._cipher.decrypt(visitor.identity))
        return MaskedVisitor(name=masked_name(name), id_type=visitor.id_type, id_number=masked_number(number))


def _visitor(row: dict[str, str]) -> Visitor:
    return Visitor(name=row[NAME], id_type=DocumentType(row[ID_TYPE]), id_number=row[ID_NUMBER])
