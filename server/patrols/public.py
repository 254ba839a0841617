"""The public side of patrols, put together."""

from handlers.patrol_context import PlateServices
from server.patrols.parts import PatrolParts
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.public.checking import PlateChecks
from services.patrols.sites.mongo import MongoStatuses


def build_public(parts: PatrolParts, *, plates: PlateServices) -> PlateChecks:
    """Put the service together."""
    return PlateChecks(
        plates=plates.reading,
        outlets=MongoOutlets(parts.mongo),
        sites=parts.sites,
        statuses=MongoStatuses(parts.mongo),
        clock=parts.clock,
    )
