"""Venues and districts in MongoDB."""

from collections.abc import Sequence

from pymongo import ReplaceOne
from pymongo.asynchronous.collection import AsyncCollection

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.venues.model import District, Gate, GateUse, GeoPoint, OpeningHours, Venue, VenueKind

VENUES = CollectionPlan(name="venues", shard_key="_id")
DISTRICTS = CollectionPlan(name="districts", shard_key="_id")
COLLECTIONS = (VENUES, DISTRICTS)


class MongoVenues:
    """Reference data: read whole, written by seeding and by the main system."""

    def __init__(self, mongo: Mongo) -> None:
        self._venues = mongo.collection(VENUES)
        self._districts = mongo.collection(DISTRICTS)

    async def all_venues(self) -> Sequence[Venue]:
        """Return every venue."""
        async with translated_failures():
            return [_read_venue(document) async for document in self._venues.find({})]

    async def all_districts(self) -> Sequence[District]:
        """Return every district."""
        async with translated_failures():
            return [_read_district(document) async for document in self._districts.find({})]

    async def put(self, districts: Sequence[District], venues: Sequence[Venue]) -> None:
        """Add or replace."""
        async with translated_failures():
            await self._replace(self._districts, [_district(district) for district in districts])
            await self._replace(self._venues, [_venue(venue) for venue in venues])

    @staticmethod
    async def _replace(collection: AsyncCollection[Document], documents: Sequence[Document]) -> None:
        if documents:  # the driver refuses an empty batch
            await collection.bulk_write([ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in documents])


def _district(district: District) -> Document:
    return {
        "_id": district.id,
        "city_id": district.city_id,
        "name": district.name,
        "name_en": district.name_en,
        "pinyin": district.pinyin,
    }


def _read_district(document: Document) -> District:
    return District(
        id=document["_id"],
        city_id=document["city_id"],
        name=document["name"],
        name_en=document["name_en"],
        pinyin=document["pinyin"],
    )


def _venue(venue: Venue) -> Document:
    return {
        "_id": venue.id,
        "name": venue.name,
        "name_en": venue.name_en,
        "pinyin": venue.pinyin,
        "kind": venue.kind,
        "address": venue.address,
        "city_id": venue.city_id,
        "district_id": venue.district_id,
        "organisation_id": venue.organisation_id,
        "position": {"lng": venue.position.lng, "lat": venue.position.lat},
        "usual_hours": [{"days": list(h.days), "opens": h.opens, "closes": h.closes} for h in venue.usual_hours],
        "gates": [{"id": g.id, "name": g.name, "name_en": g.name_en, "use": g.use} for g in venue.gates],
        "max_party_size": venue.max_party_size,
        "about": venue.about,
        "about_en": venue.about_en,
        "example": venue.example,
    }


def _read_venue(document: Document) -> Venue:
    hours = [OpeningHours(days=tuple(h["days"]), opens=h["opens"], closes=h["closes"]) for h in document["usual_hours"]]
    gates = [Gate(id=g["id"], name=g["name"], name_en=g["name_en"], use=GateUse(g["use"])) for g in document["gates"]]
    return Venue(
        id=document["_id"],
        name=document["name"],
        name_en=document["name_en"],
        pinyin=document["pinyin"],
        kind=VenueKind(document["kind"]),
        address=document["address"],
        city_id=document["city_id"],
        district_id=document["district_id"],
        organisation_id=document["organisation_id"],
        position=GeoPoint(lng=document["position"]["lng"], lat=document["position"]["lat"]),
        usual_hours=tuple(hours),
        gates=tuple(gates),
        max_party_size=document["max_party_size"],
        about=document["about"],
        about_en=document["about_en"],
        example=document["example"],
    )
