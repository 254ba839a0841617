"""What a server process asks about the main system; delivering is the work of a process of its own."""

from handlers.sync_context import SyncServices
from server.config import Config
from server.sync.overseeing import build_overseeing, build_replaying
from server.sync.standard_files import load_documents
from server.sync.standard_papers import build_papers
from server.workers import SideWorkers
from services.common.clock import SystemClock, UlidSource
from services.common.mongo import Mongo
from services.sync.inbound.conflicts import InboundReading
from services.sync.inbound.mongo.here import MongoConflicts, MongoRefused
from services.sync.quality.mongo import MongoQuality
from services.sync.quality.reading import QualityReading
from services.sync.reconciling.asking import ReconciliationDesk
from services.sync.reconciling.mongo import MongoReconciliations
from services.sync.standard.schemas import Standard


def build_sync_services(config: Config, mongo: Mongo, workers: SideWorkers) -> SyncServices:
    """Put them together; raises StandardIncomplete."""
    documents = load_documents()
    return SyncServices(
        papers=build_papers(documents, workers.tables),
        quality=QualityReading(store=MongoQuality(mongo), standard=Standard(documents.values())),
        reconciliations=ReconciliationDesk(store=MongoReconciliations(mongo), clock=SystemClock(), ids=UlidSource()),
        inbound=InboundReading(conflicts=MongoConflicts(mongo), refused=MongoRefused(mongo), clock=SystemClock()),
        overseeing=build_overseeing(config, mongo),
        replaying=build_replaying(config, mongo),
    )
