"""Puts together what is about items."""

from dataclasses import dataclass

from handlers.context import ItemServices, StockServices
from qr.item_code import ItemKeyring
from server.table_clerk import TableClerk
from services.common.clock import Clock, IdSource, UlidSource
from services.common.mongo import Mongo
from services.common.protection import KeyedDigest
from services.items.acting import Acting, Places
from services.items.activating import Activating
from services.items.capturing import Capturing
from services.items.correcting import Correcting
from services.items.gathering import Gathering
from services.items.mongo.codes import MongoCodes
from services.items.mongo.finding import MongoItems
from services.items.mongo.records import MongoRecords
from services.items.mongo.types import MongoTypes
from services.items.public.checking import PublicChecks
from services.items.public.counting import Counting
from services.items.public.mongo import MongoChecks
from services.items.public.ports import ItemLog, Repeats
from services.items.public.proving import ItemProofs
from services.items.querying import Querying
from services.items.reading import ItemReading
from services.items.recording import Recording
from services.items.stock.mongo import MongoStockTakes
from services.items.stock.results import StockResults
from services.items.stock.scanning import StockScanning
from services.items.stock.signing import StockSigning
from services.items.stock.takes import StockTakes
from services.items.tables.activating import TableActivating
from services.items.tables.checking import RowChecking
from services.items.tables.exporting import Exporting
from services.items.tables.mongo import MongoTables
from services.items.tables.recording import TableRecording
from services.items.telling import Tellers
from services.items.transferring import Transferring
from services.items.types import ItemTypes
from services.jobs.mongo import MongoJobs
from services.keys.model import KeyPurpose, Keys
from services.sync.mongo import MongoOutbox
from services.transparency.mongo import MongoLog
from services.venues.directory import VenueDirectory
from services.venues.scopes import Scopes


def item_keyring(keys: Keys) -> ItemKeyring:
    """Return the secrets of item codes."""
    return ItemKeyring(
        secrets={key.kid: key.secret for key in keys.of(KeyPurpose.ITEM_CODES)},
        active_kid=keys.active(KeyPurpose.ITEM_CODES).kid,
    )


@dataclass(frozen=True, kw_only=True)
class ItemParts:
    """What is beneath the services of items, and what they share with other parts of the process."""

    mongo: Mongo
    venues: VenueDirectory
    clock: Clock
    ids: IdSource
    keyring: ItemKeyring
    tables: TableClerk
    records: MongoRecords
    gathering: Gathering
    recording: Recording


def item_parts(
    mongo: Mongo, codes: MongoCodes, venues: VenueDirectory, keys: Keys, clock: Clock, tables: TableClerk
) -> ItemParts:
    """Put together what is beneath the services."""
    ids = UlidSource()
    records = MongoRecords(mongo, log=MongoLog(mongo), codes=codes, outbox=MongoOutbox(mongo))
    gathering = Gathering(store=records, types=MongoTypes(mongo), scopes=Scopes(venues))
    return ItemParts(
        mongo=mongo,
        venues=venues,
        clock=clock,
        ids=ids,
        keyring=item_keyring(keys),
        tables=tables,
        records=records,
        gathering=gathering,
        recording=Recording(store=records, gathering=gathering, ids=ids),
    )


def table_jobs(parts: ItemParts, jobs: MongoJobs) -> TableRecording:
    """Return how tables are worked on in the background."""
    checking = RowChecking(
        recording=parts.recording,
        records=parts.records,
        serials=MongoItems(parts.mongo, MongoLog(parts.mongo)),
        venues=parts.venues,
        keyring=parts.keyring,
    )
    store = MongoTables(parts.mongo, jobs)
    return TableRecording(store=store, checking=checking, recording=parts.recording, clock=parts.clock)


def build_items(
    parts: ItemParts,
    item_types: ItemTypes,
    tables: TableActivating,
    digest: KeyedDigest,
    *,
    repeats: Repeats,
    log: ItemLog,
) -> ItemServices:
    """Put the services together."""
    records, clock = parts.records, parts.clock
    items = MongoItems(parts.mongo, MongoLog(parts.mongo))
    reading = ItemReading(records=records, items=items, gathering=parts.gathering)
    tellers = Tellers(recording=parts.recording, store=records, clock=clock, ids=parts.ids)
    places, scopes = Places(parts.venues), Scopes(parts.venues)
    return ItemServices(
        reading=reading,
        activating=Activating(
            tellers=tellers,
            reading=reading,
            records=records,
            serials=items,
            scopes=scopes,
            places=places,
            keyring=parts.keyring,
        ),
        acting=Acting(tellers=tellers, reading=reading, serials=items, places=places, clock=clock),
        transferring=Transferring(tellers=tellers, reading=reading, scopes=scopes, clock=clock),
        capturing=Capturing(recording=parts.recording, clock=clock),
        correcting=Correcting(tellers=tellers, reading=reading, store=records, clock=clock),
        querying=Querying(events=records, records=records),
        stock=_stock_services(parts, item_types, tellers),
        public=PublicChecks(
            keyring=parts.keyring,
            counting=Counting(items=records, store=MongoChecks(parts.mongo), clock=clock),
            types=MongoTypes(parts.mongo),
            proofs=ItemProofs(log, clock),
            repeats=repeats,
            digest=digest,
            clock=clock,
        ),
        tables=tables,
        exporting=Exporting(
            reading=reading, events=records, types=MongoTypes(parts.mongo), tables=parts.tables, clock=clock
        ),
    )


def _stock_services(parts: ItemParts, item_types: ItemTypes, tellers: Tellers) -> StockServices:
    counts, records, clock = MongoStockTakes(parts.mongo), parts.records, parts.clock
    takes = StockTakes(store=counts, scopes=Scopes(parts.venues), types=item_types, clock=clock, ids=parts.ids)
    return StockServices(
        takes=takes,
        scanning=StockScanning(takes=takes, store=counts, records=records, keyring=parts.keyring, clock=clock),
        results=StockResults(takes=takes, store=counts),
        signing=StockSigning(takes=takes, store=counts, records=records, tellers=tellers, clock=clock),
    )
