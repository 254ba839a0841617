"""Puts together what is about patrols."""

from collections.abc import Callable

from handlers.context import Metrics
from handlers.patrol_context import PatrolServices
from server.patrols.check_ins import build_check_ins
from server.patrols.checklists import build_checklists
from server.patrols.complaints import build_complaints
from server.patrols.findings import build_findings
from server.patrols.outlets import build_outlets
from server.patrols.parts import PatrolParts
from server.patrols.photos import build_photos
from server.patrols.plans import build_plans
from server.patrols.plates import build_plates
from server.patrols.public import build_public
from server.patrols.statistics import build_statistics


def build_patrols(parts: PatrolParts, metrics: Metrics, *, wake: Callable[[], None]) -> PatrolServices:
    """Put the services together; `wake` is called when there is a new job."""
    photos, photo_work = build_photos(parts)
    checklists, plates = build_checklists(parts), build_plates(parts)
    complaints, erasing = build_complaints(parts, plates=plates, checklists=checklists.reading, photos=photos)
    plans, tasking = build_plans(parts, checklists.reading)
    check_ins, day, forgetting = build_check_ins(
        parts, plates=plates.reading, checklists=checklists.reading, photos=photos
    )
    findings, following_up = build_findings(parts, photos, metrics)
    return PatrolServices(
        check_ins=check_ins,
        day=day,
        outlets=build_outlets(parts, wake),
        findings=findings,
        checklists=checklists,
        plates=plates,
        plans=plans,
        public=build_public(parts, plates=plates),
        complaints=complaints,
        photos=photos,
        statistics=build_statistics(parts),
        background=(*photo_work, *forgetting, erasing, *tasking, *following_up),
    )
