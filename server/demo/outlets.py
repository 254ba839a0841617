"""Puts the example outlets into the register: safe to repeat, and to run by several processes at once."""

from contextlib import suppress
from datetime import datetime, timedelta

from server.demo.city import load_demo_city
from server.demo.model import DemoOutlet
from server.patrols.shelves import SHELVES
from services.common.clock import SystemClock, UlidSource, city_day
from services.common.mongo import Mongo
from services.common.protection import FieldCipher
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.patrols.model import THE_SERVICE
from services.patrols.mongo import MongoPatrolRecords
from services.patrols.outlets.contacts import Contacts
from services.patrols.outlets.errors import OutletKeyTaken
from services.patrols.outlets.model import Contact, Licence, OutletDetails, OutletKind
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.outlets.reading import OutletReading
from services.patrols.outlets.registering import OutletRegister, RegisterOutlet
from services.patrols.recording import Recording
from services.patrols.sites.mongo import MongoStatuses
from services.sync.mongo import MongoOutbox
from services.transparency.mongo import MongoLog
from services.venues.directory import VenueDirectory
from services.venues.model import GeoPoint
from services.venues.mongo import MongoVenues

LICENSED_FOR = timedelta(days=3 * 365)
SOMEBODY = Contact(name="示例联系人", phone="13800000000")


async def seed_demo_outlets(mongo: Mongo, cipher: FieldCipher, now: datetime) -> None:
    """Register the example outlets that are missing; those that are there stay as they are."""
    city = load_demo_city()
    register = _register(mongo, cipher)
    scope = Scope(level=ScopeLevel.CITY, id=city.id)
    seeding = Actor(id=THE_SERVICE, role=Role.CITY_ADMIN, scopes=(scope,), session_id="")
    for outlet in city.outlets:
        command = RegisterOutlet(
            actor=seeding, id=outlet.id, details=_details(outlet, now), contacts=(SOMEBODY,), example=True
        )
        with suppress(OutletKeyTaken):  # somebody who tries things out gave its number to another one
            await register.register(command)


def _register(mongo: Mongo, cipher: FieldCipher) -> OutletRegister:
    clock, ids = SystemClock(), UlidSource()
    store, contacts = MongoOutlets(mongo), Contacts(cipher)
    records = MongoPatrolRecords(mongo, log=MongoLog(mongo), outbox=MongoOutbox(mongo), shelves=SHELVES)
    return OutletRegister(
        recording=Recording(store=records, clock=clock, ids=ids),
        store=store,
        statuses=MongoStatuses(mongo),
        reading=OutletReading(store=store, records=records, contacts=contacts, clock=clock),
        contacts=contacts,
        venues=VenueDirectory(store=MongoVenues(mongo), clock=clock),
        clock=clock,
        ids=ids,
    )


def _details(outlet: DemoOutlet, now: datetime) -> OutletDetails:
    longitude, latitude = outlet.position
    ends_on = city_day(now) + timedelta(days=outlet.licence_ends_in_days)
    return OutletDetails(
        name=outlet.name,
        name_en=outlet.name_en,
        kind=OutletKind(outlet.kind),
        address=outlet.address,
        district_id=outlet.district,
        position=GeoPoint(lng=longitude, lat=latitude),
        uscc=None,
        licence=Licence(
            number=outlet.licence,
            issuer="示例发证机关（虚构）",
            valid_from=ends_on - LICENSED_FOR,
            valid_to=ends_on,
            scope="示例范围（虚构）",
        ),
        external_id=outlet.slug,
    )
