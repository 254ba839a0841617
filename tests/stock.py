"""Counts on real stores: a venue, things in it, and the services that count them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from qr.item_code import ItemKeyring
from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.identity.model import Actor, Role
from services.items.mongo.types import MongoTypes
from services.items.places import Place, place_uri
from services.items.stock.model import Scan, ScanAnswer, StockTake
from services.items.stock.mongo import MongoStockTakes
from services.items.stock.results import StockResults
from services.items.stock.scanning import StockScanning
from services.items.stock.signing import SignOff, StockSigning
from services.items.stock.takes import OpenStockTake, StockTakes
from services.items.telling import Tellers
from services.items.types import ItemTypes
from services.venues.directory import VenueDirectory
from services.venues.mongo import MongoVenues
from services.venues.scopes import Scopes
from tests.factories import NOW, make_district, make_venue
from tests.registry import CITY, DISTRICTS, beginning, draft, new_epc, recording_on, records_on

KEYRING = ItemKeyring(secrets={1: bytes(32)}, active_kid=1)
ADMIN = Actor(id="stf_example", role=Role.CITY_ADMIN, scopes=(CITY,), session_id="ses_example")

_numbers = itertools.count(1)


def make_scan(code: str, **changes: str) -> Scan:
    fields = {"scan_id": f"scan-{next(_numbers)}", "device_id": "phone-1"} | changes
    return Scan(code=code, scanned_at=NOW, spot=None, **fields)


@dataclass(frozen=True, kw_only=True)
class Counters:
    """What a process has to count with, all of it for the whole city."""

    store: MongoStockTakes
    takes: StockTakes
    scanning: StockScanning
    results: StockResults
    signing: StockSigning

    async def open(self, place: Place) -> StockTake:
        return await self.takes.open(
            OpenStockTake(actor=ADMIN, place=place, item_type_id=None, name=None, request=None)
        )

    async def scan(self, take: StockTake, codes: Sequence[str]) -> Sequence[ScanAnswer]:
        return await self.scanning.scan(ADMIN, take.id, [make_scan(code) for code in codes])

    async def sign_off(self, take: StockTake) -> StockTake:
        return await self.signing.sign_off(SignOff(actor=ADMIN, take_id=take.id, mark_missing=True))


def counters_on(mongo: Mongo, store: MongoStockTakes | None = None) -> Counters:
    """Return the services of a process, on a store of its own unless one is given."""
    kept, clock, ids = store or MongoStockTakes(mongo), SystemClock(), UlidSource()
    records = records_on(mongo)
    scopes = Scopes(VenueDirectory(store=MongoVenues(mongo), clock=clock))
    types = ItemTypes(store=MongoTypes(mongo), scopes=scopes, clock=clock, ids=ids)
    takes = StockTakes(store=kept, scopes=scopes, types=types, clock=clock, ids=ids)
    tellers = Tellers(recording=recording_on(mongo, records), store=records, clock=clock, ids=ids)
    return Counters(
        store=kept,
        takes=takes,
        scanning=StockScanning(takes=takes, store=kept, records=records, keyring=KEYRING, clock=clock),
        results=StockResults(takes=takes, store=kept),
        signing=StockSigning(takes=takes, store=kept, records=records, tellers=tellers, clock=clock),
    )


async def open_venue(mongo: Mongo) -> Place:
    """Put a new venue there."""
    venue = make_venue(city_id=CITY.id, district_id=DISTRICTS[0])
    await MongoVenues(mongo).put([make_district(id=one, city_id=CITY.id) for one in DISTRICTS], [venue])
    return Place(venue_id=venue.id, spot=None)


async def put(mongo: Mongo, place: Place, quantity: int) -> list[str]:
    """Put new things of another system there, which are known by their EPCs; return these in their order."""
    epcs = [new_epc() for _ in range(quantity)]
    recording = recording_on(mongo)
    for start in range(0, quantity, 500):
        body = beginning(*epcs[start : start + 500], bizLocation={"id": place_uri(place)})
        assert (await recording.record(draft(body))).events
    return sorted(epcs)
