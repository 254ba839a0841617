"""What other systems will be told."""

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from services.common.mongo import Document


async def events_in(database: AsyncDatabase[Document], **wanted: Any) -> list[Document]:
    """Return the events whose fields are as wanted, in no particular order."""
    documents = await database["outbox"].find({}).to_list()  # each holds the events of one transaction
    events = [event for document in documents for event in document["events"]]
    return [event for event in events if all(event[name] == value for name, value in wanted.items())]
