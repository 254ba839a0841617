"""The parts of checklists, put together."""

from handlers.patrol_context import ChecklistServices
from server.patrols.parts import PatrolParts
from services.patrols.checklists.mongo import MongoTemplates
from services.patrols.checklists.reading import Checklists
from services.patrols.checklists.writing import ChecklistWriting


def build_checklists(parts: PatrolParts) -> ChecklistServices:
    """Put the services together."""
    reading = Checklists(store=MongoTemplates(parts.mongo), scopes=parts.scopes)
    writing = ChecklistWriting(
        recording=parts.recording, checklists=reading, scopes=parts.scopes, clock=parts.clock, ids=parts.ids
    )
    return ChecklistServices(reading=reading, writing=writing)
