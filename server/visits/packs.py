"""Builds offline packs."""

from server.visits.parts import VisitParts
from services.admissions.devices.directory import DeviceDirectory
from services.admissions.packs.gathering import Gathering
from services.admissions.packs.issuing import PackIssuing
from services.admissions.packs.mongo import MongoGateRecords
from services.reservations.leases.reading import LeaseReading
from services.reservations.mongo.slots import MongoSlots
from services.reservations.window.holders import DaySlips, SlipHolders
from services.reservations.window.mongo import MongoWindow


def build_packs(parts: VisitParts, *, leases: LeaseReading, devices: DeviceDirectory) -> PackIssuing:
    """Return what issues packs."""
    holders = SlipHolders(reservations=parts.reservations, cipher=parts.cipher)
    gathering = Gathering(
        records=MongoGateRecords(parts.mongo),
        slots=MongoSlots(parts.mongo),
        revoked=parts.revocations,
        tails=DaySlips(store=MongoWindow(parts.mongo), holders=holders),
        ceilings=parts.ceilings,
        keys=parts.entry_keys,
        clock=parts.clock,
    )
    return PackIssuing(
        gathering=gathering,
        leases=leases,
        entry_keys=parts.entry_keys,
        pack_keys=parts.pack_keys,
        devices=devices,
        venues=parts.venues,
        clock=parts.clock,
    )
