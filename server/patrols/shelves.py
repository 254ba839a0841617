"""Where each kind of record of patrols lies."""

from collections.abc import Mapping
from typing import Any

from services.patrols.checkins.model import CheckIn, Contradiction, KnownSubmission
from services.patrols.checkins.mongo import (
    CHECK_INS,
    CONTRADICTIONS,
    SUBMISSIONS,
    check_in_fields,
    contradiction_fields,
)
from services.patrols.checklists.model import Release, Template
from services.patrols.checklists.mongo import RELEASES, TEMPLATES
from services.patrols.complaints.model import Complaint, SiteDay
from services.patrols.complaints.mongo import COMPLAINT_DAYS, COMPLAINTS
from services.patrols.complaints.mongo import derived as derived_of_complaint
from services.patrols.findings.model import Finding, NoticeCounter
from services.patrols.findings.mongo import FINDINGS, NOTICE_COUNTERS, derived_fields
from services.patrols.mongo import Shelf
from services.patrols.outlets.model import Outlet, OutletKey
from services.patrols.outlets.mongo import OUTLET_KEYS, OUTLETS
from services.patrols.outlets.mongo import derived as derived_of_outlet
from services.patrols.plans.mongo import SHELVES as PLANS
from services.patrols.plates.model import Plate, SitePlate
from services.patrols.plates.mongo import PLATES, SITE_PLATES
from services.patrols.sites.model import SiteStatus
from services.patrols.sites.mongo import STATUSES
from services.sync.model import RecordKind

SHELVES: Mapping[type[Any], Shelf] = {
    SiteStatus: Shelf(plan=STATUSES, told_as=RecordKind.SITE_STATUS),
    CheckIn: Shelf(plan=CHECK_INS, derived=check_in_fields, told_as=RecordKind.CHECK_IN),
    KnownSubmission: Shelf(plan=SUBMISSIONS),
    Contradiction: Shelf(plan=CONTRADICTIONS, derived=contradiction_fields),
    Finding: Shelf(plan=FINDINGS, derived=derived_fields, told_as=RecordKind.FINDING),
    NoticeCounter: Shelf(plan=NOTICE_COUNTERS),
    Template: Shelf(plan=TEMPLATES),
    Release: Shelf(plan=RELEASES, told_as=RecordKind.CHECKLIST),
    Plate: Shelf(plan=PLATES, told_as=RecordKind.PLATE),
    SitePlate: Shelf(plan=SITE_PLATES),
    Outlet: Shelf(plan=OUTLETS, derived=derived_of_outlet, told_as=RecordKind.OUTLET),
    OutletKey: Shelf(plan=OUTLET_KEYS),
    Complaint: Shelf(plan=COMPLAINTS, derived=derived_of_complaint, told_as=RecordKind.COMPLAINT),
    SiteDay: Shelf(plan=COMPLAINT_DAYS),
    **PLANS,
}
