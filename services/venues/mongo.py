"""Venues and districts in MongoDB."""

from collections.abc import Collection, Sequence

from pymongo import ReplaceOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from services.common.mongo import CollectionPlan, Document, Mongo, translated_failures
from services.venues.model import District, Gate, GateUse, GeoPoint, OpeningHours, Venue, VenueKind

VENUES = CollectionPlan(name="venues", shard_key="_id")
DISTRICTS = CollectionPlan(name="districts", shard_key="_id")
COLLECTIONS = (VENUES, DISTRICTS)
# Under which claim the main system's fields were written last; see services/sync/inbound/applying.py.
FENCE = "received_under"


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

    async def find(self, venue_id: str) -> Venue | None:
        """Return the venue."""
        async with translated_failures():
            document = await self._venues.find_one({"_id": venue_id})
        return None if document is None else _read_venue(document)

    async def find_district(self, district_id: str) -> District | None:
        """Return the district."""
        async with translated_failures():
            document = await self._districts.find_one({"_id": district_id})
        return None if document is None else _read_district(document)

    async def claim_venue(self, venue: Venue, fields: Collection[str], fence: int) -> bool:
        """Add the venue, or set these of its fields; False when that was done under as high a fence."""
        return await _claim(self._venues, _venue(venue), fields, fence)

    async def claim_district(self, district: District, fence: int) -> bool:
        """Add or replace the district; False when that was done under as high a fence."""
        document = _district(district)
        return await _claim(self._districts, document, document.keys() - {"_id"}, fence)

    @staticmethod
    async def _replace(collection: AsyncCollection[Document], documents: Sequence[Document]) -> None:
        if documents:  # the driver refuses an empty batch
            await collection.bulk_write([ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in documents])


async def _claim(
    collection: AsyncCollection[Document], document: Document, fields: Collection[str], fence: int
) -> bool:
    guard = {"_id": document["_id"], FENCE: {"$not": {"$gte": fence}}}
    changes = {name: document[name] for name in fields} | {FENCE: fence}
    async with translated_failures():
        done = await collection.update_one(guard, {"$set": changes})
        if done.matched_count:
            return True
        try:
            await collection.insert_one({**document, FENCE: fence})
        except DuplicateKeyError:
            return False
    return True


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
