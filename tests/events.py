"""What the main system will be told, wherever it is written."""

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from services.common.mongo import Document

# Each document holds the `events` of one transaction.
CARRIERS = ("outbox", "ledger")


async def events_in(database: AsyncDatabase[Document], **wanted: Any) -> list[Document]:
    """Return the events whose fields are as wanted, in no particular order."""
    documents = [one for name in CARRIERS for one in await database[name].find({}).to_list()]
    events = [event for document in documents for event in document["events"]]
    return [event for event in events if all(event[name] == value for name, value in wanted.items())]
