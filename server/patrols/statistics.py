"""The parts of statistics, put together."""

from server.patrols.parts import PatrolParts
from services.patrols.findings.mongo import MongoFindings
from services.patrols.statistics.counting import Counting
from services.patrols.statistics.mongo import MongoSiteCounts, MongoVisits


def build_statistics(parts: PatrolParts) -> Counting:
    """Return who counts."""
    return Counting(
        findings=MongoFindings(parts.mongo),
        visits=MongoVisits(parts.mongo),
        sites=MongoSiteCounts(parts.mongo, parts.venues),
        districts=parts.venues,
        sheets=parts.tables,
        clock=parts.clock,
    )
