"""Puts together what is about items."""

from handlers.context import ItemServices
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
from services.items.telling import Tellers
from services.items.transferring import Transferring
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
    keyring = item_keyring(keys)
    return ItemServices(
        reading=reading,
        activating=Activating(tellers=tellers, reading=reading, places=places, keyring=keyring),
        acting=Acting(tellers=tellers, reading=reading, places=places),
        transferring=Transferring(tellers=tellers, reading=reading, clock=clock),
        capturing=Capturing(recording=recording, clock=clock),
        correcting=Correcting(tellers=tellers, reading=reading, store=records, clock=clock),
        querying=Querying(events=records, records=records),
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
