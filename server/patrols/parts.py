"""What is beneath the services of patrols, and what they share with other parts of the process."""

from dataclasses import dataclass

from server.config import Config
from server.patrols.shelves import SHELVES
from server.table_clerk import TableClerk
from server.workers import SideWorkers
from services.common.clock import Clock, IdSource, UlidSource
from services.common.mongo import Mongo
from services.common.protection import FieldCipher, KeyedDigest
from services.keys.book import KeyBook
from services.patrols.mongo import MongoPatrolRecords
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.papers import Papers
from services.patrols.recording import Recording
from services.patrols.sites.directory import Sites
from services.sync.mongo import MongoOutbox
from services.transparency.mongo import MongoLog
from services.venues.directory import VenueDirectory
from services.venues.scopes import Scopes


@dataclass(frozen=True, kw_only=True)
class PatrolParts:
    """What every part of patrols is built of."""

    config: Config
    mongo: Mongo
    cipher: FieldCipher
    digest: KeyedDigest
    key_book: KeyBook
    venues: VenueDirectory
    scopes: Scopes
    clock: Clock
    ids: IdSource
    records: MongoPatrolRecords
    recording: Recording
    sites: Sites
    papers: Papers
    tables: TableClerk


def patrol_parts(
    config: Config,
    mongo: Mongo,
    cipher: FieldCipher,
    digest: KeyedDigest,
    key_book: KeyBook,
    venues: VenueDirectory,
    clock: Clock,
    workers: SideWorkers,
) -> PatrolParts:
    """Put together what is beneath the services."""
    ids = UlidSource()
    records = MongoPatrolRecords(mongo, log=MongoLog(mongo), outbox=MongoOutbox(mongo), shelves=SHELVES)
    return PatrolParts(
        config=config,
        mongo=mongo,
        cipher=cipher,
        digest=digest,
        key_book=key_book,
        venues=venues,
        scopes=Scopes(venues),
        clock=clock,
        ids=ids,
        records=records,
        recording=Recording(store=records, clock=clock, ids=ids),
        sites=Sites(outlets=MongoOutlets(mongo), venues=venues),
        papers=workers.papers,
        tables=workers.tables,
    )
