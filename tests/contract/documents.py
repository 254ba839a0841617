"""A look past the stores, at what is kept."""

from services.common.mongo import Document, Mongo
from tests.events import events_in


class Documents:
    """The documents of one database."""

    def __init__(self, mongo: Mongo, database: str) -> None:
        self._database = mongo.client[database]

    async def find(self, collection: str, **query: object) -> list[Document]:
        """Return what matches, in no particular order."""
        return await self._database[collection].find(query).to_list()

    async def get(self, collection: str, key: str) -> Document:
        """Return the document with that `_id`, which must be there."""
        (document,) = await self.find(collection, _id=key)
        return document

    async def add(self, collection: str, document: Document) -> None:
        """Keep a document, as nobody does through a store."""
        await self._database[collection].insert_one(document)

    async def change(self, collection: str, key: str, **fields: object) -> None:
        """Set fields of a document, as nobody does through a store."""
        await self._database[collection].update_one({"_id": key}, {"$set": fields})

    async def clear(self, collection: str) -> None:
        """Forget all of a collection."""
        await self._database[collection].delete_many({})

    async def events(self, subject_id: str) -> list[Document]:
        """Return what the main system will be told about a subject."""
        return await events_in(self._database, subject_id=subject_id)
