"""Photos in MongoDB: what is known of each, pieces on their way, and pictures in GridFS."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import NoFile
from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from services.common.mongo import CollectionPlan, Document, Mongo, duplicate_key_value, translated_failures
from services.common.stretches import stretches
from services.photos.model import ANYBODY, Photo, PhotoPlace, PhotoRecord, PhotoRefusal, PhotoState
from services.photos.rules import awaited

BUCKET = "photo_pictures"
PHOTOS = CollectionPlan(
    name="photos",
    shard_key="_id",
    indexes=(
        IndexModel([("state", ASCENDING), ("changed_at", ASCENDING)]),
        IndexModel([("wanted", ASCENDING), ("begun_at", ASCENDING)]),
        IndexModel([("uploader", ASCENDING), ("begun_at", ASCENDING)]),
    ),
)
PIECES = CollectionPlan(
    name="photo_pieces",
    shard_key="photo_id",
    indexes=(IndexModel("photo_id"), IndexModel("written_at")),
)
PICTURES = CollectionPlan(name=f"{BUCKET}.files", shard_key="_id")
# The index that GridFS asks for.
PICTURE_CHUNKS = CollectionPlan(
    name=f"{BUCKET}.chunks",
    shard_key="files_id",
    indexes=(IndexModel([("files_id", ASCENDING), ("n", ASCENDING)], unique=True),),
)
COLLECTIONS = (PHOTOS, PIECES, PICTURES, PICTURE_CHUNKS)
MOST_AT_ONCE = 100
# So that a photo of the staff never waits long behind those of others.
FEW_AT_ONCE = 4
# What others change beside whoever takes a photo; the names of those who want it are the store's own.
BESIDE = ("wanted", "marks")
WANTED_BY = "wanted_by"
# What of a document is no field of the photo itself.
BESIDE_PHOTO = frozenset({"_id", "pieces", "marks", WANTED_BY})


class MongoPhotos:
    """See `services.photos.ports.PhotoStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._photos = mongo.collection(PHOTOS)

    async def find(self, photo_id: str) -> PhotoRecord | None:
        """Return the photo."""
        async with translated_failures():
            document = await self._photos.find_one({"_id": photo_id})
        return None if document is None else _read(document)

    async def several(self, ids: Collection[str]) -> Mapping[str, PhotoRecord]:
        """Return the photos there are, by id."""
        found: dict[str, PhotoRecord] = {}
        async with translated_failures():
            for some in stretches(ids):
                cursor = self._photos.find({"_id": {"$in": some}}, batch_size=len(some) + 1)
                found.update({document["_id"]: _read(document) async for document in cursor})
        return found

    async def claim(self, new: PhotoRecord, old: PhotoRecord | None) -> bool:
        """Keep a photo as `new` if it is as `old` was; False when it is not. `wanted` and `marks` stay as they are."""
        document = _document(new)
        async with translated_failures():
            if old is None:
                try:
                    await self._photos.insert_one(document)
                except DuplicateKeyError:
                    return False
                return True
            changes = {name: value for name, value in document.items() if name not in {"_id", *BESIDE}}
            result = await self._photos.update_one(_guard(old), {"$set": changes})
        return result.matched_count == 1

    async def claim_empty(self, new: PhotoRecord, old: PhotoRecord) -> bool:
        """Keep a photo as `new`, without marks, if it is as `old` was and as wanted; False when it is not."""
        async with translated_failures():
            changes = {name: value for name, value in _document(replace(new, marks=())).items() if name != "_id"}
            result = await self._photos.update_one({**_guard(old), "wanted": old.photo.wanted}, {"$set": changes})
        return result.matched_count == 1

    async def want(self, ids: Collection[str], by: str, now: datetime) -> None:
        """Note that a record, named `by`, names these photos, whether they are there or not."""
        new = {photo_id: _document(awaited(photo_id, now)) for photo_id in sorted(set(ids))}
        notes = [
            UpdateOne(
                {"_id": photo_id},
                {
                    "$set": {"wanted": True},
                    "$addToSet": {WANTED_BY: by},
                    "$setOnInsert": {name: value for name, value in one.items() if name not in {"_id", "wanted"}},
                },
                upsert=True,
            )
            for photo_id, one in new.items()
        ]
        async with translated_failures():
            try:
                await self._photos.bulk_write(notes, ordered=False)
            except BulkWriteError as error:
                if duplicate_key_value(error) is None:
                    raise
                # Somebody began one at this moment: now it is there.
                await self._photos.bulk_write(notes, ordered=False)

    async def release(self, ids: Collection[str], by: str) -> None:
        """Note that the record named `by` names these photos no more; nobody wants what no record names."""
        async with translated_failures():
            for photo_id in sorted(set(ids)):
                await self._photos.update_one({"_id": photo_id}, {"$pull": {WANTED_BY: by}})
                # Somebody who wants it at this moment stands in the list again.
                await self._photos.update_one({"_id": photo_id, WANTED_BY: []}, {"$set": {"wanted": False}})

    async def add_mark(self, photo_id: str, mark: str) -> None:
        """Note that a watermarked picture may lie under this mark."""
        async with translated_failures():
            await self._photos.update_one({"_id": photo_id}, {"$addToSet": {"marks": mark}})

    async def waiting(self, now: datetime) -> Sequence[PhotoRecord]:
        """Return photos that are whole, without pictures, and free of a lease; oldest first, not necessarily all.

        Those of somebody without an account come when there are no others, and a few at a time.
        """
        for uploader, most in (({"$ne": ANYBODY}, MOST_AT_ONCE), (ANYBODY, FEW_AT_ONCE)):
            found = await self._some({"state": PhotoState.RECEIVED, "uploader": uploader})
            free = [one for one in found if one.leased_until is None or one.leased_until <= now]
            if free:
                return free[:most]
        return []

    async def unfinished(self, before: datetime) -> Sequence[PhotoRecord]:
        """Return photos whose receiving has not moved since; not necessarily all."""
        return await self._some({"state": PhotoState.RECEIVING, "changed_at": {"$lt": before}})

    async def unwanted(self, before: datetime) -> Sequence[PhotoRecord]:
        """Return photos that no record names and that were begun before; not necessarily all."""
        return await self._some({"wanted": False, "begun_at": {"$lt": before}})

    async def unnamed(self, uploader: str, before: datetime) -> Sequence[PhotoRecord]:
        """Return those of these that this uploader began; not necessarily all."""
        return await self._some({"wanted": False, "uploader": uploader, "begun_at": {"$lt": before}})

    async def _some(self, query: Document) -> Sequence[PhotoRecord]:
        async with translated_failures():
            cursor = self._photos.find(query).sort("changed_at", ASCENDING).limit(MOST_AT_ONCE)
            return [_read(document) async for document in cursor]

    async def remove(self, record: PhotoRecord) -> None:
        """Forget an awaited photo, unless it has changed or somebody wants it."""
        async with translated_failures():
            await self._photos.delete_one({**_guard(record), "wanted": False})


class MongoPieces:
    """See `services.photos.ports.PieceStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._pieces = mongo.collection(PIECES)

    async def put(self, key: str, content: bytes, now: datetime) -> None:
        """Keep a piece, unless there is one with this key."""
        photo_id, attempt, *_ = key.split(":")
        piece = {"_id": key, "photo_id": photo_id, "attempt": int(attempt), "written_at": now, "content": content}
        async with translated_failures():
            try:
                await self._pieces.insert_one(piece)
            except DuplicateKeyError:
                return

    async def get(self, key: str) -> bytes | None:
        """Return a piece."""
        async with translated_failures():
            document = await self._pieces.find_one({"_id": key, "photo_id": key.split(":", 1)[0]}, {"content": True})
        return None if document is None else bytes(document["content"])

    async def remove(self, photo_id: str, attempt: int) -> None:
        """Forget the pieces of a photo that were received in this attempt and those before it."""
        async with translated_failures():
            await self._pieces.delete_many({"photo_id": photo_id, "attempt": {"$lte": attempt}})

    async def left_behind(self, before: datetime) -> Collection[str]:
        """Return the ids of photos that have pieces from before."""
        async with translated_failures():
            cursor = self._pieces.find({"written_at": {"$lt": before}}, {"photo_id": True}).limit(MOST_AT_ONCE)
            return {document["photo_id"] async for document in cursor}


class MongoPictures:
    """Pictures in GridFS; see `services.photos.ports.PictureStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._bucket = AsyncGridFSBucket(mongo.collection(PHOTOS).database, bucket_name=BUCKET)

    async def put(self, key: str, content: bytes) -> None:
        """Keep a picture, in place of the one there is."""
        await self.delete([key])
        async with translated_failures():
            await self._bucket.upload_from_stream_with_id(key, key, content)

    async def get(self, key: str) -> bytes | None:
        """Return a picture."""
        async with translated_failures():
            try:
                picture = await self._bucket.open_download_stream(key)
                return bytes(await picture.read())
            except NoFile:
                return None

    async def delete(self, keys: Sequence[str]) -> None:
        """Forget those of these pictures that there are."""
        async with translated_failures():
            await asyncio.gather(*(self._delete(key) for key in keys))

    async def _delete(self, key: str) -> None:
        try:
            await self._bucket.delete(key)
        except NoFile:
            return


def _guard(record: PhotoRecord) -> Document:
    return {
        "_id": record.photo.id,
        "state": record.photo.state,
        "received": record.photo.received,
        "attempt": record.attempt,
        "tries": record.tries,
        "losses": record.losses,
    }


def _document(record: PhotoRecord) -> Document:
    document: dict[str, Any] = {**asdict(record), **asdict(record.photo)}
    del document["photo"]
    return {"_id": document.pop("id"), **document, "pieces": list(record.pieces), "marks": list(record.marks)}


def _read(document: Document) -> PhotoRecord:
    where, refusal = document["taken_where"], document["refusal"]
    of_record = ("attempt", "tries", "losses", "leased_until")
    of_photo = {name: value for name, value in document.items() if name not in {*BESIDE_PHOTO, *of_record}}
    photo = Photo(
        **{
            **of_photo,
            "id": document["_id"],
            "state": PhotoState(document["state"]),
            "taken_where": None if where is None else PhotoPlace(**where),
            "refusal": None if refusal is None else PhotoRefusal(refusal),
        }
    )
    return PhotoRecord(
        photo=photo,
        pieces=tuple(document["pieces"]),
        marks=tuple(document["marks"]),
        **{name: document[name] for name in of_record},
    )
