"""Logs of gate devices against the real database: one process that takes them in, and what they hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from qr import gate_keys
from qr.entry_code import EntryPass, screen_code, sign_entry_pass
from qr.gate_log import LogEntry, LogKind, code_sha256, entry_hash, sign_entry
from qr.identifiers import venue_tag
from qr.keyring import SigningKey
from services.admissions.devices.directory import DeviceDirectory
from services.admissions.devices.model import DeviceState, GateDevice
from services.admissions.devices.mongo import MongoDevices
from services.admissions.group import ScanGroups
from services.admissions.model import Decision
from services.admissions.mongo import MongoScans
from services.admissions.revocations.mongo import MongoRevocations
from services.admissions.undoing import Undoing
from services.admissions.uploads.checking import Checking
from services.admissions.uploads.evidence import CodeEvidence
from services.admissions.uploads.keeping import LogReading
from services.admissions.uploads.linking import Linking
from services.admissions.uploads.model import ItemAnswer, Upload, UploadItem
from services.admissions.uploads.mongo import MongoConflicts, MongoGateLog
from services.admissions.uploads.readings import Readings
from services.admissions.uploads.recording import Recording
from services.admissions.uploads.uploading import Uploading
from services.common.clock import UlidSource, city_day
from services.common.mongo import Mongo
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.keys.book import KeyBook
from services.keys.model import KeyPurpose
from services.reservations.entry_keys import EntryKeys
from services.reservations.leases.mongo import MongoLeases
from services.reservations.leases.reading import LeaseReading
from services.sync.mongo import MongoOutbox
from services.venues.directory import VenueDirectory
from services.venues.model import Venue
from services.venues.mongo import MongoVenues
from tests.devices import KEYS
from tests.factories import make_entry_pass, new_id
from tests.groups import DIGEST
from tests.ratings import Watch

BOOK = KeyBook(KEYS)
ENTRY_KEYS = EntryKeys(BOOK)


@dataclass(frozen=True, kw_only=True)
class UploadOffice:
    """One process that takes logs in."""

    uploading: Uploading
    logs: LogReading
    clock: Watch

    async def take(self, items: Sequence[UploadItem], actor: Actor) -> tuple[ItemAnswer, ...]:
        """Send entries from a device whose clock is right."""
        return (await self.uploading.take(Upload(actor=actor, device_time=self.clock.now(), items=items))).items


def upload_office_on(
    mongo: Mongo,
    *,
    log: MongoGateLog | None = None,
    conflicts: MongoConflicts | None = None,
    scans: MongoScans | None = None,
) -> UploadOffice:
    """Return a process that has just started, and keeps things by these stores."""
    clock, log = Watch(), log or MongoGateLog(mongo)
    scans = scans or MongoScans(mongo, MongoOutbox(mongo))
    venues = VenueDirectory(store=MongoVenues(mongo), clock=clock)
    devices = DeviceDirectory(store=MongoDevices(mongo), clock=clock)
    readings = Readings(
        codes=CodeEvidence(ENTRY_KEYS),
        leases=LeaseReading(store=MongoLeases(mongo), venues=venues, clock=clock),
        revoked=MongoRevocations(mongo),
        digest=DIGEST,
        ids=UlidSource(),
    )
    uploading = Uploading(
        checking=Checking(devices=devices, venues=venues),
        readings=readings,
        recording=Recording(
            groups=ScanGroups(scans), scans=scans, undoing=Undoing(scans=scans, venues=venues, clock=clock)
        ),
        linking=Linking(log=log),
        log=log,
        conflicts=conflicts or MongoConflicts(mongo),
        devices=devices,
        clock=clock,
    )
    return UploadOffice(uploading=uploading, logs=LogReading(log=log, devices=devices, venues=venues), clock=clock)


class LogBook:
    """A device's log as its program writes it."""

    def __init__(self, venue: Venue, gate_id: str, seed: bytes) -> None:
        self.venue, self.gate_id, self.seed = venue, gate_id, seed
        self.device_id = new_id("dev")
        self.items: list[UploadItem] = []

    @property
    def actor(self) -> Actor:
        """The device as it logs in."""
        scope = Scope(level=ScopeLevel.VENUE, id=self.venue.id)
        return Actor(id=self.device_id, role=Role.GATE, scopes=(scope,), session_id="ses_device")

    async def enrolled(self, mongo: Mongo) -> "LogBook":
        """Keep the device as an enrolled one."""
        now = datetime.now(UTC)
        device = GateDevice(
            id=self.device_id,
            venue_id=self.venue.id,
            name="示例闸机",
            state=DeviceState.ENROLLED,
            created_at=now,
            created_by="stf_manager",
            code_expires_at=now,
            public_key=SigningKey(kid=0, seed=self.seed).public,
            enrolled_at=now - timedelta(days=1),
        )
        await MongoDevices(mongo).add(device, new_id("digest"))
        return self

    def party(self, size: int) -> EntryPass:
        """Return the pass of a party of the venue, for now."""
        return make_entry_pass(venue_tag=venue_tag(self.venue.id), party_size=size)

    def enter(self, party: EntryPass, count: int, **changes: Any) -> UploadItem:
        """Write that some of a party came in."""
        return self._write(kind=LogKind.ENTRY, code=code_of(party), count=count, admitted_now=count, **changes)

    def undo(self, item: UploadItem) -> UploadItem:
        """Write that an entry is taken back."""
        return self._write(kind=LogKind.UNDO, code=None, admitted_now=0, undoes=item.entry.nonce)

    def leave(self, count: int) -> UploadItem:
        """Write that people went out."""
        return self._write(kind=LogKind.EXIT, code=None, count=count, admitted_now=count)

    def rewritten(self, item: UploadItem, **changes: Any) -> UploadItem:
        """Return an entry with something else in it, signed by the device."""
        return self._signed(replace(item.entry, **changes), item.code)

    def _write(self, *, code: str | None, **said: Any) -> UploadItem:
        present = datetime.now(UTC)
        blank = {"lease_id": None, "count": None, "reason": None, "undoes": None, "pack_issued_at": None}
        entry = LogEntry(
            device_id=self.device_id,
            seq=len(self.items) + 1,
            previous=self.items[-1].hash if self.items else "",
            gate_id=self.gate_id,
            at=present.replace(microsecond=present.microsecond // 1000 * 1000),
            code_sha256=None if code is None else code_sha256(code),
            **{**blank, "nonce": new_id("nonce"), "decision": "admitted", **said},
        )
        item = self._signed(entry, code)
        self.items.append(item)
        return item

    def _signed(self, entry: LogEntry, code: str | None) -> UploadItem:
        return UploadItem(
            entry=entry,
            code=code,
            decision=Decision(entry.decision),
            reason=None,
            hash=entry_hash(entry),
            signature=sign_entry(entry, self.seed),
        )


def code_of(party: EntryPass) -> str:
    """Return what the party's phone draws now."""
    signed = sign_entry_pass(party, BOOK.keyring(KeyPurpose.ENTRY_SIGNING))
    day_key = ENTRY_KEYS.venue_day_key(party.venue_tag, city_day(party.starts_at))
    return screen_code(signed, gate_keys.rotation_key(day_key, party.reservation_id), datetime.now(UTC))
