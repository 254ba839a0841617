"""The database client of a process, and the list of all collections."""

from pymongo import AsyncMongoClient

from server.config_sections import MongoConfig
from services.admissions import mongo as admissions
from services.admissions.ceilings import mongo as ceilings
from services.admissions.crowds import mongo as crowds
from services.admissions.devices import mongo as gate_devices
from services.admissions.occupancy import mongo as recounts
from services.admissions.revocations import mongo as revocations
from services.admissions.uploads import mongo as uploads
from services.calendars import mongo as calendars
from services.clients import mongo as clients
from services.common import mongo as common
from services.common import requests
from services.common.mongo import Client, CollectionPlan, Mongo
from services.identity import mongo as identity
from services.items import mongo as items
from services.items.public import mongo as public_checks
from services.items.stock import mongo as stock
from services.items.tables import mongo as tables
from services.jobs import mongo as jobs
from services.keys import mongo as keys
from services.notifications import mongo as notifications
from services.patrols import mongo as patrols
from services.patrols.checkins import mongo as check_ins
from services.patrols.checklists import mongo as checklists
from services.patrols.complaints import mongo as complaints
from services.patrols.day import mongo as day
from services.patrols.findings import mongo as findings
from services.patrols.outlets import mongo as outlets
from services.patrols.outlets.tables import mongo as outlet_tables
from services.patrols.plans import mongo as plans
from services.patrols.plates import mongo as plates
from services.patrols.sites import mongo as sites
from services.photos import mongo as photos
from services.policies import mongo as policies
from services.ratings import mongo as ratings
from services.reservations.companions import mongo as companions
from services.reservations.groups import mongo as groups
from services.reservations.leases import mongo as leases
from services.reservations.mongo import plans as reservations
from services.reservations.no_shows import mongo as no_shows
from services.reservations.planning import mongo as planning
from services.reservations.releases.mongo import plans as releases
from services.reservations.window import mongo as window
from services.sync import mongo as sync
from services.sync.inbound import mongo as inbound
from services.sync.quality import mongo as quality
from services.sync.reconciling import mongo as reconciling
from services.sync.relay import mongo as relay
from services.sync.shelves import mongo as shelves
from services.transparency import mongo as transparency
from services.venues import mongo as venues
from services.webhooks import mongo as webhooks

COLLECTIONS: tuple[CollectionPlan, ...] = (
    *common.COLLECTIONS,
    *requests.COLLECTIONS,
    *keys.COLLECTIONS,
    *identity.COLLECTIONS,
    *clients.COLLECTIONS,
    *webhooks.COLLECTIONS,
    *notifications.COLLECTIONS,
    *venues.COLLECTIONS,
    *policies.COLLECTIONS,
    *calendars.COLLECTIONS,
    *sync.COLLECTIONS,
    *reconciling.COLLECTIONS,
    *relay.COLLECTIONS,
    *inbound.COLLECTIONS,
    *shelves.COLLECTIONS,
    *quality.COLLECTIONS,
    *reservations.COLLECTIONS,
    *no_shows.COLLECTIONS,
    *companions.COLLECTIONS,
    *releases.COLLECTIONS,
    *groups.COLLECTIONS,
    *window.COLLECTIONS,
    *leases.COLLECTIONS,
    *planning.COLLECTIONS,
    *admissions.COLLECTIONS,
    *ceilings.COLLECTIONS,
    *recounts.COLLECTIONS,
    *crowds.COLLECTIONS,
    *gate_devices.COLLECTIONS,
    *revocations.COLLECTIONS,
    *uploads.COLLECTIONS,
    *ratings.COLLECTIONS,
    *transparency.COLLECTIONS,
    *jobs.COLLECTIONS,
    *items.COLLECTIONS,
    *public_checks.COLLECTIONS,
    *stock.COLLECTIONS,
    *tables.COLLECTIONS,
    *patrols.COLLECTIONS,
    *findings.COLLECTIONS,
    *sites.COLLECTIONS,
    *check_ins.COLLECTIONS,
    *day.COLLECTIONS,
    *complaints.COLLECTIONS,
    *checklists.COLLECTIONS,
    *photos.COLLECTIONS,
    *plates.COLLECTIONS,
    *plans.COLLECTIONS,
    *outlets.COLLECTIONS,
    *outlet_tables.COLLECTIONS,
)
SELECTION_TIMEOUT_MS = 5000


def connect_mongo(config: MongoConfig) -> Mongo:
    """Open the client; belongs to the running event loop.

    Every write waits for a majority and its journal: what is acknowledged survives a crash. Transactions
    leave two connections free, so that reads never wait for a queue of bookings.
    """
    client: Client = AsyncMongoClient(
        config.uri,
        appname="chengma",
        maxPoolSize=config.pool_size,
        serverSelectionTimeoutMS=SELECTION_TIMEOUT_MS,
        tz_aware=True,
        w="majority",
        journal=True,
    )
    return Mongo(client, config.database, transactions=max(1, config.pool_size - 2))
