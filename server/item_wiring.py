"""Puts together what is about items."""

from handlers.context import ItemServices, StockServices
from qr.item_code import ItemKeyring
from services.common.clock import Clock, IdSource
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
from services.items.mongo.stock_takes import MongoStockTakes
from services.items.mongo.types import MongoTypes
from services.items.public.checking import PublicChecks
from services.items.public.counting import Counting
from services.items.public.mongo import MongoChecks
from services.items.public.ports import ItemLog, Repeats
from services.items.public.proving import ItemProofs
from services.items.querying import Querying
from services.items.reading import ItemReading
from services.items.recording import Recording
from services.items.scopes import Scopes
from services.items.stock_results import StockResults
from services.items.stock_scanning import StockScanning
from services.items.stock_signing import StockSigning
from services.items.stock_takes import StockTakes
from services.items.telling import Tellers
from services.items.transferring import Transferring
from services.items.types import ItemTypes
from services.keys.model import KeyPurpose, Keys
from services.sync.mongo import MongoOutbox
from services.transparency.mongo import MongoLog
from services.venues.directory import VenueDirectory


def item_keyring(keys: Keys) -> ItemKeyring:
    """Return the secrets of item codes."""
    return ItemKeyring(
        secrets={key.kid: key.secret for key in keys.of(KeyPurpose.ITEM_CODES)},
        active_kid=keys.active(KeyPurpose.ITEM_CODES).kid,
    )


def build_items(
    mongo: Mongo,
    codes: MongoCodes,
    venues: VenueDirectory,
    keys: Keys,
    clock: Clock,
    ids: IdSource,
    *,
    repeats: Repeats,
    log: ItemLog,
) -> ItemServices:
    """Put the services together."""
    records = MongoRecords(mongo, log=MongoLog(mongo), codes=codes, outbox=MongoOutbox(mongo))
    gathering = Gathering(store=records, types=MongoTypes(mongo), scopes=Scopes(venues))
    recording = Recording(store=records, gathering=gathering, ids=ids)
    reading = ItemReading(records=records, items=MongoItems(mongo), gathering=gathering)
    tellers = Tellers(recording=recording, store=records, clock=clock, ids=ids)
    places = Places(venues)
    counts = MongoStockTakes(mongo)
    item_types = ItemTypes(store=MongoTypes(mongo), scopes=Scopes(venues), clock=clock, ids=ids)
    takes = StockTakes(store=counts, scopes=Scopes(venues), types=item_types, clock=clock, ids=ids)
    keyring = item_keyring(keys)
    return ItemServices(
        reading=reading,
        activating=Activating(tellers=tellers, reading=reading, places=places, keyring=keyring),
        acting=Acting(tellers=tellers, reading=reading, places=places),
        transferring=Transferring(tellers=tellers, reading=reading, clock=clock),
        capturing=Capturing(recording=recording, clock=clock),
        correcting=Correcting(tellers=tellers, reading=reading, store=records, clock=clock),
        querying=Querying(events=records, records=records),
        stock=StockServices(
            takes=takes,
            scanning=StockScanning(takes=takes, store=counts, records=records, keyring=keyring, clock=clock),
            results=StockResults(takes=takes, store=counts),
            signing=StockSigning(takes=takes, store=counts, records=records, tellers=tellers, clock=clock),
        ),
        public=PublicChecks(
            keyring=keyring,
            counting=Counting(items=records, store=MongoChecks(mongo), clock=clock),
            types=MongoTypes(mongo),
            proofs=ItemProofs(log),
            repeats=repeats,
            digest=KeyedDigest(keys.active(KeyPurpose.DIGEST_PEPPER).secret),
            clock=clock,
        ),
    )
