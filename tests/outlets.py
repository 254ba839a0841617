"""Outlets to test with, and what reads and writes them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.identity.model import Actor, Role, Scope, ScopeLevel
from services.patrols.outlets.contacts import Contacts
from services.patrols.outlets.ending import OutletEnding
from services.patrols.outlets.model import Contact, Licence, Outlet, OutletDetails, OutletKind
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.outlets.reading import OutletReading
from services.patrols.outlets.registering import OutletRegister, RegisterOutlet
from services.patrols.recording import Recording
from services.patrols.sites.mongo import MongoStatuses
from services.tables.rows import TableRows
from services.venues.directory import VenueDirectory
from services.venues.model import GeoPoint
from services.venues.mongo import MongoVenues
from tests.patrols import records_on

CITY = Scope(level=ScopeLevel.CITY, id="310000")
HUANGPU = Scope(level=ScopeLevel.DISTRICT, id="310101")
ADMIN = Actor(id="stf_1", role=Role.CITY_ADMIN, scopes=(CITY,), session_id="ses_1")
DISTRICT_ADMIN = Actor(id="stf_2", role=Role.DISTRICT_ADMIN, scopes=(HUANGPU,), session_id="ses_2")
# Made up, with a right check character.
USCC = "91310000MA1FL0000N"


class PlainCipher:
    """Turns text round, so that nobody mistakes what is kept for it."""

    async def encrypt(self, text: str) -> bytes:
        return text[::-1].encode()

    async def decrypt(self, ciphertext: bytes) -> str:
        return ciphertext.decode()[::-1]


def make_licence(number: str = "示例-0001", **changes: Any) -> Licence:
    fields = {
        "number": number,
        "issuer": "示例发证机关",
        "valid_from": date(2026, 1, 1),
        "valid_to": date(2028, 12, 31),
        "scope": "餐饮服务",
    }
    return Licence(**{**fields, **changes})


def make_details(**changes: Any) -> OutletDetails:
    fields: dict[str, Any] = {
        "name": "示例清真餐厅",
        "name_en": "Example halal restaurant",
        "kind": OutletKind.RESTAURANT,
        "address": "黄浦区示例路2号（虚构地址）",
        "district_id": HUANGPU.id,
        "position": GeoPoint(lng=121.483, lat=31.227),
        "uscc": None,
        "licence": None,
        "external_id": None,
    }
    return OutletDetails(**{**fields, **changes})


@dataclass(frozen=True, kw_only=True)
class Registry:
    """One process's way to outlets."""

    store: MongoOutlets
    reading: OutletReading
    register: OutletRegister
    ending: OutletEnding

    async def add(self, actor: Actor = ADMIN, contacts: Sequence[Contact] = (), **changes: Any) -> Outlet:
        command = RegisterOutlet(actor=actor, details=make_details(**changes), contacts=contacts)
        return await self.register.register(command)


def registry_on(mongo: Mongo, store: MongoOutlets | None = None, kind: type[Recording] = Recording) -> Registry:
    outlets, clock, ids = store or MongoOutlets(mongo), SystemClock(), UlidSource()
    contacts, records = Contacts(PlainCipher()), records_on(mongo)
    recording = kind(store=records, clock=clock, ids=ids)
    reading = OutletReading(store=outlets, records=records, contacts=contacts, clock=clock)
    venues = VenueDirectory(store=MongoVenues(mongo), clock=clock)
    return Registry(
        store=outlets,
        reading=reading,
        register=OutletRegister(
            recording=recording,
            store=outlets,
            statuses=MongoStatuses(mongo),
            reading=reading,
            contacts=contacts,
            venues=venues,
            clock=clock,
            ids=ids,
        ),
        ending=OutletEnding(recording=recording, reading=reading, clock=clock, ids=ids),
    )


def pieces_of(found: TableRows) -> list[dict[str, Any]]:
    """Return the good rows of a table."""
    return [row for piece in found.pieces for row in json.loads(piece)]
