"""What handlers may ask about the main system: what it is told, and how well."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from services.sync.inbound.conflicts import InboundReading
from services.sync.quality.reading import QualityReading
from services.sync.reconciling.asking import ReconciliationDesk
from services.sync.relay.overseeing import Overseeing
from services.sync.relay.replaying import Replaying


@dataclass(frozen=True, kw_only=True)
class StandardPapers:
    """What is shown of the standard: written once, as it only changes with the code.

    `schemas` are texts by the names of their files; `book` returns the dictionary as .xlsx, and raises TooBusy or
    TablesUnavailable.
    """

    page: bytes
    schemas: Mapping[str, bytes]
    book: Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, kw_only=True)
class SyncServices:
    """Everything about the main system that a handler may reach."""

    papers: StandardPapers
    quality: QualityReading
    inbound: InboundReading
    overseeing: Overseeing
    replaying: Replaying
    reconciliations: ReconciliationDesk
