"""Reading queues: one's own place, and the log by which anybody can repeat the order."""

from services.common.pages import CursorInvalid, make_cursor, read_cursor
from services.reservations.errors import ReservationUnknown, SlotUnknown
from services.reservations.model import Reservation, ReservationStatus
from services.reservations.ports import ReservationDesk, ReservationStore
from services.reservations.waitlist.errors import NotWaiting
from services.reservations.waitlist.model import LogEntry, LogPage, WaitlistPlace
from services.reservations.waitlist.ports import WaitlistStore
from services.reservations.waitlist.rules import parties_ahead, receipt_in

VERSIONS_AT_ONCE = 250
LOOKS_A_PAGE = 4


class WaitlistReading:
    """Answers questions; changes nothing."""

    def __init__(self, *, desk: ReservationDesk, reservations: ReservationStore, waitlist: WaitlistStore) -> None:
        self._desk = desk
        self._reservations = reservations
        self._waitlist = waitlist

    async def own_place(self, reservation_id: str, citizen_id: str) -> WaitlistPlace:
        """Return where one's own party stands; raises ReservationUnknown, or NotWaiting for one that never waited."""
        reservation = await self._reservations.find(reservation_id, citizen_id)
        if reservation is None:
            raise ReservationUnknown
        if reservation.number is None:
            raise NotWaiting
        return WaitlistPlace(reservation=reservation, ahead=await self._ahead(reservation), link=None)

    async def place(self, reservation: Reservation, *, since: int) -> WaitlistPlace:
        """Return where a party stands, with its receipt, whose link is in the version `since` or a later one."""
        return WaitlistPlace(
            reservation=reservation, ahead=await self._ahead(reservation), link=await self._receipt(reservation, since)
        )

    async def _ahead(self, reservation: Reservation) -> int | None:
        if reservation.number is None or reservation.status is not ReservationStatus.WAITING:
            return None
        return parties_ahead(await self._desk.queue_of(reservation.slot_id), reservation.number)

    async def _receipt(self, reservation: Reservation, since: int) -> str | None:
        slot = await self._desk.find_slot(reservation.slot_id)
        if slot is None or reservation.number is None:
            return None
        for start in range(since, slot.version + 1, VERSIONS_AT_ONCE):
            link = receipt_in(await self._waitlist.log_of(slot.id, start, start + VERSIONS_AT_ONCE), reservation.number)
            if link is not None:
                return link
        return None

    async def log(self, slot_id: str, limit: int, after: str | None) -> LogPage:
        """Return a page of a queue's log, oldest first, which may be short though there is more; raises SlotUnknown."""
        last = 0 if after is None else _read_version(after, slot_id)
        slot = await self._desk.find_slot(slot_id)
        if slot is None:
            raise SlotUnknown
        found: list[LogEntry] = []
        for _ in range(LOOKS_A_PAGE):
            if last >= slot.version or len(found) >= limit:
                break
            end = min(last + VERSIONS_AT_ONCE, slot.version)
            found += await self._waitlist.log_of(slot_id, last + 1, end + 1)
            last = end
        if len(found) > limit:
            found = found[:limit]
            last = found[-1].version
        more = last < slot.version
        return LogPage(
            slot_id=slot_id,
            entries=found,
            newest=found[-1].link if found and not more else None,
            next=make_cursor(_log_of(slot_id), last) if more else None,
        )


def _log_of(slot_id: str) -> str:
    return f"waitlist of {slot_id}"


def _read_version(after: str, slot_id: str) -> int:
    (version,) = read_cursor(after, _log_of(slot_id), (int,))
    if not isinstance(version, int) or not 0 <= version < 2**31:
        raise CursorInvalid
    return version
