"""Policies of venues and companions of citizens, put together."""

from handlers.visit_context import PolicyServices
from server.visits.parts import VisitParts
from services.policies.editing import PolicyEditing
from services.policies.mongo import MongoPolicies
from services.reservations.companions.keeping import Companions
from services.reservations.companions.mongo import MongoCompanions


def build_policies(parts: VisitParts) -> PolicyServices:
    """Return what shows and changes policies."""
    editing = PolicyEditing(
        store=MongoPolicies(parts.mongo), directory=parts.policies, venues=parts.venues, clock=parts.clock
    )
    return PolicyServices(directory=parts.policies, editing=editing)


def build_companions(parts: VisitParts) -> Companions:
    """Return the lists of companions."""
    return Companions(
        store=MongoCompanions(parts.mongo),
        cipher=parts.cipher,
        digest=parts.digest,
        clock=parts.clock,
        ids=parts.ids,
    )
