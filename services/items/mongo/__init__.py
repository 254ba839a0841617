"""What is kept of items, in MongoDB."""

from services.common.mongo import CollectionPlan
from services.items.mongo.batches import BATCHES
from services.items.mongo.codes import CODES
from services.items.mongo.records import ITEM_EVENTS, ITEMS
from services.items.mongo.requests import REQUESTS
from services.items.mongo.stock_takes import STOCK_EXPECTED, STOCK_SCANS, STOCK_SIGHTINGS, STOCK_TAKES
from services.items.mongo.tables import PIECES, TABLES
from services.items.mongo.types import TYPES

STOCK = (STOCK_TAKES, STOCK_EXPECTED, STOCK_SCANS, STOCK_SIGHTINGS)
COLLECTIONS: tuple[CollectionPlan, ...] = (
    TYPES, BATCHES, CODES, REQUESTS, ITEMS, ITEM_EVENTS, TABLES, PIECES, *STOCK
)  # fmt: skip
