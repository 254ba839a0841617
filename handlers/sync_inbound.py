"""What came from the main system and did not fit: conflicts with what is here, and documents that were refused."""

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.common import PageQuery
from handlers.schemas.sync_inbound import ConflictPageSchema, ConflictSchema, ConflictsQuery, RefusedPageSchema
from services.common.model import Page
from services.common.pages import CursorInvalid
from services.identity.model import Role
from services.sync.inbound.errors import ConflictUnknown
from services.sync.inbound.model import Conflict, RefusedReference

TAG = "Main system"
READERS = frozenset({Role.CITY_ADMIN, Role.AUDITOR})


class ConflictsHandler(ApiHandler):
    """`/admin/sync/conflicts`."""

    @operation(
        Operation(
            summary="List conflicts with the main system",
            description="Newest first. Each says which fields differed, and whose word stands: "
            "`docs/sync-inbound.md` has the table. Values of personal fields are not kept. `state=open` leaves out "
            "those that were acknowledged.",
            tag=TAG,
            roles=READERS,
            query=ConflictsQuery,
            reply=ConflictPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[Conflict]:
        """Return a page of conflicts."""
        asked = self.parameters
        return await self.services.sync.inbound.conflicts(asked["state"], asked["limit"], asked["after"])


class ConflictAcknowledgementHandler(ApiHandler):
    """`/admin/sync/conflicts/{conflict_id}/acknowledge`."""

    @operation(
        Operation(
            summary="Say that a conflict was seen",
            description="Whoever says so first is written down; it changes nothing else.",
            tag=TAG,
            roles=READERS,
            reply=ConflictSchema,
            refusals=(ConflictUnknown,),
        )
    )
    async def post(self, conflict_id: str) -> Conflict:
        """Acknowledge a conflict."""
        return await self.services.sync.inbound.acknowledge(self.actor.id, conflict_id)


class RefusedHandler(ApiHandler):
    """`/admin/sync/refused`."""

    @operation(
        Operation(
            summary="List what the main system sent and could not be taken",
            description="Newest first: where in the document, and which rule it breaks; never a value of it. One that "
            "was mended there, or is gone, is on the list no more.",
            tag=TAG,
            roles=READERS,
            query=PageQuery,
            reply=RefusedPageSchema,
            refusals=(CursorInvalid,),
        )
    )
    async def get(self) -> Page[RefusedReference]:
        """Return a page of refused documents."""
        return await self.services.sync.inbound.refused(self.parameters["limit"], self.parameters["after"])
