"""Checklists in MongoDB."""

from collections.abc import Mapping, Sequence

from pymongo import ASCENDING, IndexModel

from services.common.mongo import CollectionPlan, Mongo, translated_failures
from services.common.stretches import stretches
from services.patrols.checklists.model import Release, ReleaseHeading, Template
from services.patrols.documents import read_document
from services.patrols.mongo import MongoShelf

TEMPLATES = CollectionPlan(
    name="checklists",
    shard_key="_id",
    indexes=(IndexModel([("seen_by", ASCENDING)]), IndexModel([("owner", ASCENDING)])),
)
RELEASES = CollectionPlan(name="checklist_releases", shard_key="_id")
COLLECTIONS = (TEMPLATES, RELEASES)


class MongoTemplates:
    """See `services.patrols.checklists.ports.TemplateStore`."""

    def __init__(self, mongo: Mongo) -> None:
        self._templates = MongoShelf(mongo, TEMPLATES)
        self._releases = MongoShelf(mongo, RELEASES)

    async def find(self, template_id: str) -> Template | None:
        """Return the template."""
        return await self._templates.find(Template, template_id)

    async def within(self, scopes: Sequence[str], owners: Sequence[str]) -> Sequence[Template]:
        """Return the templates that any of `scopes` covers or any of `owners` owns, all as `level:id`."""
        queries = [*({"seen_by": scope} for scope in scopes), *({"owner": owner} for owner in owners)]
        found = {one.id: one for query in queries for one in await self._templates.matching(Template, query)}
        return list(found.values())

    async def release(self, release_id: str) -> Release | None:
        """Return the release."""
        return await self._releases.find(Release, release_id)

    async def headings(self, release_ids: Sequence[str]) -> Mapping[str, ReleaseHeading]:
        """Return what is above the questions of these releases, by id."""
        found: dict[str, ReleaseHeading] = {}
        async with translated_failures():
            for some in stretches(release_ids):
                cursor = self._releases.collection.find(
                    {"_id": {"$in": some}}, {"sections": 0}, batch_size=len(some) + 1
                )
                found.update({one["_id"]: read_document(ReleaseHeading, one) async for one in cursor})
        return found
