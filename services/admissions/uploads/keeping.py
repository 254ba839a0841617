"""What staff see of conflicts and of logs, and how a conflict is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.admissions.devices.directory import DeviceDirectory
from services.admissions.devices.errors import DeviceUnknown
from services.admissions.uploads.chain import report_of
from services.admissions.uploads.errors import ConflictSettled, ConflictUnknown
from services.admissions.uploads.model import (
    MOST_SETTLEMENTS,
    ConflictMark,
    ConflictSearch,
    KeptConflict,
    LogReport,
    SettleConflict,
    Settlement,
    kept_id,
)
from services.admissions.uploads.ports import ConflictStore, GateLogStore
from services.common.clock import Clock
from services.common.model import Page
from services.common.pages import CursorInvalid, make_cursor, read_cursor
from services.identity.model import Actor
from services.identity.rules import is_device, may_see
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown

EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)  # before there was anything
FIRST_WINDOW = timedelta(hours=1)
AHEAD = timedelta(days=1)
LATEST_MS = 2**45  # in the year 3084
_MS = timedelta(milliseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ConflictKeeping:
    """Lists and settles conflicts. Settling is a word of a person: nothing of what happened is changed by it.

    Who finds out more says it again; the last word holds, and all are kept with who said them and when.
    """

    conflicts: ConflictStore
    venues: VenueDirectory
    clock: Clock

    async def list(self, actor: Actor, search: ConflictSearch) -> Page[KeptConflict]:
        """Return a page of a venue's conflicts, newest first; raises VenueUnknown, CursorInvalid."""
        if not may_see(actor, (await self.venues.get(search.venue_id)).owner):
            raise VenueUnknown
        name = f"conflicts of {search.venue_id}"
        place = None if search.after is None else _place(search.after, name)
        found = await self._newest(search, place)
        page = found[: search.limit]
        cursor = None
        if len(found) > len(page):
            cursor = make_cursor(name, _ms(page[-1].conflict.found_at), page[-1].conflict.id)
        return Page(items=page, next=cursor)

    async def settle(self, command: SettleConflict) -> KeptConflict:
        """Return the conflict with what the actor said as its last word; the same again changes nothing.

        Raises ConflictUnknown, and ConflictSettled when others said something else meanwhile, or all too often.
        """
        found = await self._get(command)
        if not _holds(command, found) and len(found.settlements) < MOST_SETTLEMENTS:
            said = Settlement(
                resolution=command.resolution, note=command.note, by=command.actor.id, at=self.clock.now()
            )
            await self.conflicts.claim_settlement(found.conflict.id, said, found.settlement)
            found = await self._get(command)
        if not _holds(command, found):
            raise ConflictSettled
        return found

    async def _get(self, command: SettleConflict) -> KeptConflict:
        found = await self.conflicts.find(kept_id(command.id))
        if found is None:
            raise ConflictUnknown
        try:
            venue = await self.venues.get(found.conflict.venue_id)
        except VenueUnknown:
            raise ConflictUnknown from None
        if not may_see(command.actor, venue.owner):
            raise ConflictUnknown
        return found

    async def _newest(self, search: ConflictSearch, place: tuple[datetime, str] | None) -> Sequence[KeptConflict]:
        """Look back, in windows that widen until the page is full: no query reads much more than a page."""
        found: list[ConflictMark] = []
        # The end of a window is left out, and what stands at the cursor's very millisecond may be on the next page.
        end = self.clock.now() + AHEAD if place is None else place[0] + _MS
        width = FIRST_WINDOW if place is not None else AHEAD + FIRST_WINDOW
        while len(found) <= search.limit and end > EARLIEST:
            start = max(EARLIEST, end - width)
            some = await self.conflicts.marks_between(search.venue_id, start, end)
            # In memory: a further field beside the range makes the embedded database read all that ever was.
            fitting = [one for one in some if _fits(one, search)]
            found += sorted((one for one in fitting if place is None or _key(one) < place), key=_key, reverse=True)
            end, width = start, width * 2
        wanted = [one.id for one in found[: search.limit + 1]]
        whole = await self.conflicts.find_many(wanted)
        return [whole[one] for one in wanted if one in whole]


@dataclass(frozen=True, kw_only=True)
class LogReading:
    """Tells what of a device's log came, so that what is missing or altered shows."""

    log: GateLogStore
    devices: DeviceDirectory
    venues: VenueDirectory

    async def report(self, actor: Actor, device_id: str) -> LogReport:
        """Return what is known of a log, to its device and to staff of its venue; raises DeviceUnknown."""
        device = await self.devices.find(device_id)
        if device is None or (is_device(actor) and actor.id != device_id):
            raise DeviceUnknown
        try:
            venue = await self.venues.get(device.venue_id)
        except VenueUnknown:
            raise DeviceUnknown from None
        if not may_see(actor, venue.owner):
            raise DeviceUnknown
        return report_of(device_id, await self.log.links_of(device_id))


def _holds(command: SettleConflict, found: KeptConflict) -> bool:
    """Tell whether what is to be said is what was said last."""
    last = found.settlement
    return last is not None and (last.resolution, last.note) == (command.resolution, command.note)


def _fits(mark: ConflictMark, search: ConflictSearch) -> bool:
    return search.state in {None, mark.state} and search.kind in {None, mark.kind}


def _key(mark: ConflictMark) -> tuple[datetime, str]:
    return mark.found_at, mark.id


def _place(cursor: str, name: str) -> tuple[datetime, str]:
    at, its_id = read_cursor(cursor, name, (int, str))
    if not 0 <= int(at) < LATEST_MS:
        raise CursorInvalid
    return _EPOCH + int(at) * _MS, str(its_id)


def _ms(instant: datetime) -> int:
    return (instant - _EPOCH) // _MS
