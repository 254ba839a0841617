"""Companions, and parties that name them."""

from dataclasses import dataclass
from datetime import datetime

from services.reservations.model import DocumentType, ProtectedVisitor, Visitor

MOST_COMPANIONS = 20


@dataclass(frozen=True, kw_only=True)
class Companion:
    """Somebody whom a citizen books for; `place` is which of MOST_COMPANIONS places in the citizen's list is taken."""

    id: str
    citizen_id: str
    place: int
    visitor: ProtectedVisitor
    added_at: datetime


@dataclass(frozen=True, kw_only=True)
class MaskedCompanion:
    """A companion as shown back: enough to recognise, too little to use."""

    id: str
    name: str
    id_type: DocumentType
    id_number: str
    added_at: datetime


@dataclass(frozen=True, kw_only=True)
class ChosenCompanion:
    """A member of a party, named by the id of a companion. A `minor` is one who is said to be."""

    companion_id: str
    minor: bool = False


Member = Visitor | ChosenCompanion
