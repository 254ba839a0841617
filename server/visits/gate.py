"""Builds what the gate decides by."""

from services.admissions.admitting import Admitting
from services.admissions.mongo import MongoScans, MongoTailTries
from services.admissions.tails import DocumentTails
from services.common.clock import Clock, IdSource
from services.common.mongo import Mongo
from services.common.protection import FieldCipher, KeyedDigest
from services.reservations.entry_keys import EntryKeys
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.window.holders import SlipHolders
from services.sync.mongo import MongoOutbox
from services.venues.directory import VenueDirectory


def build_admitting(
    *,
    mongo: Mongo,
    cipher: FieldCipher,
    venues: VenueDirectory,
    keys: EntryKeys,
    digest: KeyedDigest,
    clock: Clock,
    ids: IdSource,
) -> Admitting:
    """Put the services together."""
    return Admitting(
        scans=MongoScans(mongo, MongoOutbox(mongo)),
        venues=venues,
        keys=keys,
        tails=build_tails(mongo, cipher, clock),
        digest=digest,
        clock=clock,
        ids=ids,
    )


def build_tails(mongo: Mongo, cipher: FieldCipher, clock: Clock) -> DocumentTails:
    """Return what compares the characters of a document with those behind a slip."""
    holders = SlipHolders(reservations=MongoReservations(mongo), cipher=cipher)
    return DocumentTails(holders=holders, tries=MongoTailTries(mongo), clock=clock)
