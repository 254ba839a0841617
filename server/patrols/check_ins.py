"""Puts together what is about check-ins, and the day of an inspector."""

from handlers.background import Background
from handlers.patrol_context import CheckInServices, DayServices
from server.patrols.parts import PatrolParts
from services.patrols.checkins.earlier import EarlierFindings
from services.patrols.checkins.forgetting import Forgetting
from services.patrols.checkins.gathering import Gathering
from services.patrols.checkins.mongo import MongoCheckIns
from services.patrols.checkins.picturing import CheckInPictures
from services.patrols.checkins.ports import ChecklistReads, PlateReading
from services.patrols.checkins.reading import CheckIns
from services.patrols.checkins.repeats import Repeats
from services.patrols.checkins.reviewing import Reviewing
from services.patrols.checkins.submitting import Submitting
from services.patrols.day.drafts import Drafts
from services.patrols.day.mongo import MongoDrafts
from services.patrols.day.morning import Morning
from services.patrols.findings.mongo import MongoFindings
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.plans.mongo import MongoTasks
from services.patrols.sites.mongo import MongoStatuses
from services.photos.keeping import Photos


def build_check_ins(
    parts: PatrolParts, *, plates: PlateReading, checklists: ChecklistReads, photos: Photos
) -> tuple[CheckInServices, DayServices, tuple[Background, ...]]:
    """Return the services, and what is done in the background."""
    store, tasks, statuses = MongoCheckIns(parts.mongo), MongoTasks(parts.mongo), MongoStatuses(parts.mongo)
    findings = MongoFindings(parts.mongo)
    drafts = Drafts(store=MongoDrafts(parts.mongo), check_ins=store, cipher=parts.cipher, clock=parts.clock)
    reading = CheckIns(store=store, photos=photos, cipher=parts.cipher, clock=parts.clock)
    earlier = EarlierFindings(findings=findings, photos=photos, sites=parts.sites, statuses=statuses, tasks=tasks)
    gathering = Gathering(
        store=store,
        sites=parts.sites,
        statuses=statuses,
        plates=plates,
        checklists=checklists,
        tasks=tasks,
        earlier=earlier,
        photos=photos,
    )
    check_ins = CheckInServices(
        submitting=Submitting(
            recording=parts.recording,
            repeats=Repeats(store=store, cipher=parts.cipher, ids=parts.ids),
            gathering=gathering,
            photos=photos,
            drafts=drafts,
            digest=parts.digest,
            clock=parts.clock,
            ids=parts.ids,
        ),
        reading=reading,
        reviewing=Reviewing(
            recording=parts.recording,
            check_ins=reading,
            findings=findings,
            earlier=earlier,
            tasks=tasks,
            statuses=statuses,
            clock=parts.clock,
            ids=parts.ids,
        ),
        pictures=CheckInPictures(check_ins=reading, sites=parts.sites, photos=photos),
    )
    morning = Morning(
        check_ins=reading,
        tasks=tasks,
        templates=checklists,
        outlets=MongoOutlets(parts.mongo),
        sites=parts.sites,
        statuses=statuses,
        photos=photos,
        drafts=drafts,
        clock=parts.clock,
    )
    return check_ins, DayServices(morning=morning, drafts=drafts), (Forgetting(store=store, clock=parts.clock),)
