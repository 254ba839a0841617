"""The collections of slots and reservations, and how long what is in them is kept."""

from datetime import timedelta

from pymongo import ASCENDING, IndexModel

from services.common.mongo import CollectionPlan

SLOTS = CollectionPlan(
    name="slots",
    shard_key="venue_id",
    indexes=(
        IndexModel([("venue_id", ASCENDING), ("starts_at", ASCENDING)]),
        # Only slots that somebody waits for are in it: those with places are looked for every second.
        IndexModel([("places_left", ASCENDING)], partialFilterExpression={"waiting": {"$gte": 1}}),
    ),
)
# `request_id` makes a repeated request meet its first answer; the index serves a citizen's list as well.
RESERVATIONS = CollectionPlan(
    name="reservations",
    shard_key="citizen_id",
    indexes=(
        IndexModel([("citizen_id", ASCENDING), ("request_id", ASCENDING)], unique=True),
        # Only offers that nobody has taken yet are in it: those that have lapsed are looked for every second.
        IndexModel([("held_until", ASCENDING)], partialFilterExpression={"status": "held"}),
    ),
)
# One document for all that one write changed in a slot. `_id` is slot and version: two who write on top of the same
# version meet here. All of a slot's are on one shard, where `_id` is unique.
LEDGER = CollectionPlan(
    name="ledger",
    shard_key="slot_id",
    indexes=(
        IndexModel([("slot_id", ASCENDING), ("version", ASCENDING)]),
        IndexModel("expires_at", expireAfterSeconds=0),
    ),
)
# One document per reservation that was entered or cancelled: the one arbiter between gate and citizen.
PASSES = CollectionPlan(name="passes", shard_key="_id")
# How many bookings for one day an account or a document has at a venue, where its policy counts them.
DAY_COUNTS = CollectionPlan(
    name="day_counts", shard_key="_id", indexes=(IndexModel("expires_at", expireAfterSeconds=0),)
)
COLLECTIONS = (SLOTS, RESERVATIONS, LEDGER, PASSES, DAY_COUNTS)

# As long as visitors' identities are kept after a visit.
KEEP_LEDGER = timedelta(days=30)
