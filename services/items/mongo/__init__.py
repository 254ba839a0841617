"""What is kept of items, in MongoDB."""

from services.common.mongo import CollectionPlan
from services.items.mongo.batches import BATCHES
from services.items.mongo.codes import CODES
from services.items.mongo.records import ITEM_EVENTS, ITEMS
from services.items.mongo.types import TYPES

COLLECTIONS: tuple[CollectionPlan, ...] = (TYPES, BATCHES, CODES, ITEMS, ITEM_EVENTS)
