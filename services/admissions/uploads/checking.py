"""Whether an item of an upload is an entry of a device's log at all: known device, known gate, right hash, signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qr.errors import BadSignature
from qr.gate_log import entry_hash, verify_entry
from services.admissions.devices.directory import DeviceDirectory
from services.admissions.devices.model import GateDevice
from services.admissions.model import ConflictKind
from services.admissions.uploads.clocks import Skew, clock_doubt, moment_of, revocation_doubt, skews_of
from services.admissions.uploads.contradictions import CONTRADICTS_ITSELF, contradicts_itself
from services.admissions.uploads.errors import DEVICE_UNKNOWN, GATE_UNKNOWN, HASH_WRONG, SIGNATURE_WRONG
from services.admissions.uploads.evidence import Place
from services.admissions.uploads.model import Moment, UnreadableItem, Upload, UploadItem
from services.common.errors import FieldError
from services.identity.model import Actor
from services.identity.rules import is_device, may_see
from services.venues.directory import VenueDirectory
from services.venues.errors import VenueUnknown
from services.venues.model import Venue


@dataclass(frozen=True, kw_only=True)
class Checked:
    """An entry that a device of the actor's venue has signed; `doubts` are about its time and its device."""

    item: UploadItem
    place: Place
    moment: Moment
    doubts: tuple[tuple[ConflictKind, str], ...]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """A device of the actor's, its venue, and how far its clock was off."""

    device: GateDevice
    venue: Venue
    skews: tuple[Skew, ...]


Faults = tuple[FieldError, ...]


class Checking:
    """Checks items one by one: what is wrong with one says nothing about the others."""

    def __init__(self, *, devices: DeviceDirectory, venues: VenueDirectory) -> None:
        self._devices = devices
        self._venues = venues

    async def check(self, upload: Upload, now: datetime) -> list[Checked | Faults]:
        """Return each item as an entry, or what is wrong with it, in their order."""
        named = {one.entry.device_id for one in upload.items if isinstance(one, UploadItem)}
        known = {one: found for one in sorted(named) if (found := await self._find(upload, one, now)) is not None}
        return [
            item.errors if isinstance(item, UnreadableItem) else _checked(item, known.get(item.entry.device_id), now)
            for item in upload.items
        ]

    async def _find(self, upload: Upload, device_id: str, now: datetime) -> _Known | None:
        actor = upload.actor
        if is_device(actor) and actor.id != device_id:
            return None
        device = await self._devices.find(device_id)
        venue = None if device is None else await self._venue_of(actor, device)
        if device is None or venue is None:
            return None
        device_time = upload.device_time if actor.id == device_id else None
        return _Known(device=device, venue=venue, skews=skews_of(device, device_time=device_time, now=now))

    async def _venue_of(self, actor: Actor, device: GateDevice) -> Venue | None:
        try:
            venue = await self._venues.get(device.venue_id)
        except VenueUnknown:
            return None
        return venue if may_see(actor, venue.owner) else None


def _checked(item: UploadItem, known: _Known | None, now: datetime) -> Checked | Faults:
    if known is None or known.device.public_key is None:
        return (DEVICE_UNKNOWN,)
    gates: Mapping[str, Place] = {gate.id: Place(venue=known.venue, gate=gate) for gate in known.venue.gates}
    place = gates.get(item.entry.gate_id)
    if place is None:
        return (GATE_UNKNOWN,)
    if entry_hash(item.entry) != item.hash:
        return (HASH_WRONG,)
    try:
        verify_entry(item.entry, item.signature, known.device.public_key)
    except BadSignature:
        return (SIGNATURE_WRONG,)
    moment = moment_of(item.entry.at, known.skews, now)
    return Checked(item=item, place=place, moment=moment, doubts=_doubts(item, known, moment, now))


def _doubts(item: UploadItem, known: _Known, moment: Moment, now: datetime) -> tuple[tuple[ConflictKind, str], ...]:
    clock = clock_doubt(item.entry.at, moment, known.skews, known.device, now)
    revocation = revocation_doubt(known.device, moment, now)
    contradicts = contradicts_itself(item.entry, now)
    return (
        *(((ConflictKind.LOG_BROKEN, CONTRADICTS_ITSELF),) if contradicts else ()),
        *(() if clock is None else ((ConflictKind.CLOCK, clock),)),
        *(() if revocation is None else ((ConflictKind.DEVICE_REVOKED, revocation),)),
    )
