"""The parts of complaints, put together."""

import structlog

from handlers.patrol_context import ComplaintServices, PlateServices
from server.patrols.parts import PatrolParts
from services.identity.mongo import MongoStaff
from services.patrols.checklists.reading import Checklists
from services.patrols.complaints.erasing import Erasing
from services.patrols.complaints.filing import Filing
from services.patrols.complaints.handling import Handling
from services.patrols.complaints.mongo import MongoComplaints
from services.patrols.complaints.pictures import ComplaintPictures
from services.patrols.complaints.reading import ComplaintReading
from services.patrols.complaints.secrecy import Secrecy
from services.patrols.complaints.visiting import Visiting
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.plans.mongo import MongoTasks
from services.patrols.plans.pooling import Pools
from services.photos.keeping import Photos

log = structlog.get_logger("complaints")


def build_complaints(
    parts: PatrolParts, *, plates: PlateServices, checklists: Checklists, photos: Photos
) -> tuple[ComplaintServices, Erasing]:
    """Return the services, and what erases in the background."""
    store = MongoComplaints(parts.mongo)
    secrecy = Secrecy(cipher=parts.cipher, digest=parts.digest)
    clock, ids, recording = parts.clock, parts.ids, parts.recording
    reading = ComplaintReading(store=store, sites=parts.sites, secrecy=secrecy, clock=clock)
    filing = Filing(
        store=store,
        recording=recording,
        plates=plates.reading,
        sites=parts.sites,
        photos=photos,
        secrecy=secrecy,
        clock=clock,
        ids=ids,
    )
    pools = Pools(
        sites=parts.sites,
        outlets=MongoOutlets(parts.mongo),
        venues=parts.venues,
        scopes=parts.scopes,
        templates=checklists,
        inspectors=MongoStaff(parts.mongo),
    )
    handling = Handling(
        reading=reading,
        recording=recording,
        visiting=Visiting(pools=pools, clock=clock, ids=ids),
        tasks=MongoTasks(parts.mongo),
        secrecy=secrecy,
        clock=clock,
        ids=ids,
    )
    pictures = ComplaintPictures(reading=reading, sites=parts.sites, photos=photos)
    erasing = Erasing(store=store, photos=photos, recording=recording, clock=clock, ids=ids, tell=_tell_defect)
    return ComplaintServices(filing=filing, reading=reading, handling=handling, pictures=pictures), erasing


def _tell_defect(error: Exception) -> None:
    log.error("defect", exc_info=error)
