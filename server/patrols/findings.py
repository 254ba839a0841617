"""Puts together what is about findings."""

import structlog

from handlers.background import Background
from handlers.context import Metrics
from handlers.patrol_context import FindingServices
from server.patrols.parts import PatrolParts
from services.patrols.findings.ending import Endings
from services.patrols.findings.escalating import Escalating
from services.patrols.findings.links import Links
from services.patrols.findings.managing import FindingManaging
from services.patrols.findings.model import Finding
from services.patrols.findings.mongo import MongoFindings
from services.patrols.findings.notices import Notices
from services.patrols.findings.pictures import FindingPictures
from services.patrols.findings.proving import Proving
from services.patrols.findings.reading import FindingReading
from services.patrols.findings.rectifying import Rectifying
from services.patrols.plans.mongo import MongoTasks
from services.patrols.sites.mongo import MongoStatuses
from services.photos.keeping import Photos

# Where the configuration names no office.
SOME_OFFICE = "民族宗教事务主管部门"

log = structlog.get_logger(__name__)


def build_findings(
    parts: PatrolParts, photos: Photos, metrics: Metrics
) -> tuple[FindingServices, tuple[Background, ...]]:
    """Put the services together, and the work that tells of deadlines that passed and closes what is proved."""
    store = MongoFindings(parts.mongo)
    endings = Endings(statuses=MongoStatuses(parts.mongo), tasks=MongoTasks(parts.mongo))
    links = Links(cipher=parts.cipher, digest=parts.digest, public_url=parts.config.server.public_url)
    reading = FindingReading(store=store, histories=parts.records, cipher=parts.cipher, clock=parts.clock)
    services = FindingServices(
        reading=reading,
        managing=FindingManaging(
            reading=reading,
            store=store,
            endings=endings,
            links=links,
            recording=parts.recording,
            clock=parts.clock,
            ids=parts.ids,
        ),
        notices=Notices(
            reading=reading,
            sites=parts.sites,
            links=links,
            papers=parts.papers,
            office_name=parts.config.patrols.office_name or SOME_OFFICE,
        ),
        rectifying=Rectifying(
            store=store,
            sites=parts.sites,
            photos=photos,
            links=links,
            recording=parts.recording,
            clock=parts.clock,
            ids=parts.ids,
        ),
        pictures=FindingPictures(reading=reading, photos=photos),
    )

    def told(finding: Finding) -> None:
        metrics.count_outcome("escalation", finding.escalation)
        log.info("finding_escalated", finding=finding.id, level=finding.escalation)

    escalating = Escalating(store=store, recording=parts.recording, clock=parts.clock, ids=parts.ids, told=told)
    proving = Proving(
        store=store, photos=photos, endings=endings, recording=parts.recording, clock=parts.clock, ids=parts.ids
    )
    return services, (escalating, proving)
