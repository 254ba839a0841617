"""Builds what the gate decides by."""

from dataclasses import dataclass

from services.admissions.admitting import Admitting
from services.admissions.code_reading import CodeReading
from services.admissions.group import ScanGroups
from services.admissions.mongo import MongoScans, MongoTailTries
from services.admissions.ports import Restrictions, ScanStore
from services.admissions.tails import DocumentTails
from services.common.clock import Clock, IdSource
from services.common.mongo import Mongo
from services.common.protection import FieldCipher, KeyedDigest
from services.reservations.entry_keys import EntryKeys
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.window.holders import SlipHolders
from services.sync.mongo import MongoOutbox
from services.venues.directory import VenueDirectory


@dataclass(frozen=True, kw_only=True)
class GateParts:
    """What a process has one of, whoever lets people in or out: all scans go through the same `groups`."""

    scans: ScanStore
    groups: ScanGroups
    codes: CodeReading
    tails: DocumentTails
    restrictions: Restrictions
    admitting: Admitting


def build_gate(
    *,
    mongo: Mongo,
    cipher: FieldCipher,
    venues: VenueDirectory,
    keys: EntryKeys,
    restrictions: Restrictions,
    digest: KeyedDigest,
    clock: Clock,
    ids: IdSource,
) -> GateParts:
    """Put the services together."""
    scans = MongoScans(mongo, MongoOutbox(mongo))
    groups, codes, tails = ScanGroups(scans), CodeReading(keys), build_tails(mongo, cipher, clock)
    return GateParts(
        scans=scans,
        groups=groups,
        codes=codes,
        tails=tails,
        restrictions=restrictions,
        admitting=Admitting(
            groups=groups,
            venues=venues,
            codes=codes,
            restrictions=restrictions,
            tails=tails,
            digest=digest,
            clock=clock,
            ids=ids,
        ),
    )


def build_tails(mongo: Mongo, cipher: FieldCipher, clock: Clock) -> DocumentTails:
    """Return what compares the characters of a document with those behind a slip."""
    holders = SlipHolders(reservations=MongoReservations(mongo), cipher=cipher)
    return DocumentTails(holders=holders, tries=MongoTailTries(mongo), clock=clock)
