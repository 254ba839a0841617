"""How good the records are that the main system gets, and which ones to look at."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.operation import ApiHandler, Operation, operation
from handlers.schemas.sync_quality import OffendersQuery, OffendersSchema, QualitySchema, quality_view
from services.identity.model import Role
from services.sync.quality.errors import QualityNotMeasured, QualityRuleUnknown, RecordKindUnknown

TAG = "Main system"
READERS = frozenset({Role.CITY_ADMIN, Role.AUDITOR})


class QualityHandler(ApiHandler):
    """`/admin/sync/quality`."""

    @operation(
        Operation(
            summary="See the quality of records",
            description="Scores of every kind, as measured last night. `docs/standard/quality.md` says how they are "
            "counted.",
            tag=TAG,
            roles=READERS,
            reply=QualitySchema,
        )
    )
    async def get(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return all kinds."""
        return {"items": [quality_view(one) for one in await self.services.sync.quality.all()]}


class KindQualityHandler(ApiHandler):
    """`/admin/sync/quality/{kind}`."""

    @operation(
        Operation(
            summary="See which records lack quality",
            description="Records by their ids here, some for each rule that is broken.",
            tag=TAG,
            roles=READERS,
            query=OffendersQuery,
            reply=OffendersSchema,
            refusals=(RecordKindUnknown, QualityNotMeasured, QualityRuleUnknown),
        )
    )
    async def get(self, kind: str) -> Mapping[str, Any]:
        """Return a kind."""
        return quality_view(await self.services.sync.quality.of_kind(kind, self.parameters["rule"]))
