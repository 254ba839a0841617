"""What handlers may ask of patrols."""

from dataclasses import dataclass

from handlers.background import Background
from services.patrols.checkins.picturing import CheckInPictures
from services.patrols.checkins.reading import CheckIns
from services.patrols.checkins.reviewing import Reviewing
from services.patrols.checkins.submitting import Submitting
from services.patrols.checklists.reading import Checklists
from services.patrols.checklists.writing import ChecklistWriting
from services.patrols.complaints.filing import Filing
from services.patrols.complaints.handling import Handling
from services.patrols.complaints.pictures import ComplaintPictures
from services.patrols.complaints.reading import ComplaintReading
from services.patrols.day.drafts import Drafts
from services.patrols.day.morning import Morning
from services.patrols.findings.managing import FindingManaging
from services.patrols.findings.notices import Notices
from services.patrols.findings.pictures import FindingPictures
from services.patrols.findings.reading import FindingReading
from services.patrols.findings.rectifying import Rectifying
from services.patrols.outlets.ending import OutletEnding
from services.patrols.outlets.reading import OutletReading
from services.patrols.outlets.registering import OutletRegister
from services.patrols.outlets.tables.taking import OutletTables
from services.patrols.plans.draws import Draws
from services.patrols.plans.holding import Holding
from services.patrols.plans.overview import Overview
from services.patrols.plans.publishing import Publishing
from services.patrols.plans.roster import Roster
from services.patrols.plans.rounds import Rounds
from services.patrols.plans.tasks import Tasks
from services.patrols.plates.issuing import PlateIssuing
from services.patrols.plates.printing import PlatePrinting
from services.patrols.plates.reading import PlateReading
from services.patrols.public.checking import PlateChecks
from services.patrols.statistics.counting import Counting
from services.photos.keeping import Photos


@dataclass(frozen=True, kw_only=True)
class OutletServices:
    """What handlers may ask of outlets."""

    reading: OutletReading
    register: OutletRegister
    ending: OutletEnding
    tables: OutletTables


@dataclass(frozen=True, kw_only=True)
class PlateServices:
    """What handlers may ask of plates."""

    reading: PlateReading
    issuing: PlateIssuing
    printing: PlatePrinting


@dataclass(frozen=True, kw_only=True)
class ChecklistServices:
    """What handlers may ask of checklists."""

    reading: Checklists
    writing: ChecklistWriting


@dataclass(frozen=True, kw_only=True)
class ComplaintServices:
    """What handlers may ask of complaints."""

    filing: Filing
    reading: ComplaintReading
    handling: Handling
    pictures: ComplaintPictures


@dataclass(frozen=True, kw_only=True)
class FindingServices:
    """What handlers may ask of findings."""

    reading: FindingReading
    managing: FindingManaging
    notices: Notices
    rectifying: Rectifying
    pictures: FindingPictures


@dataclass(frozen=True, kw_only=True)
class PlanServices:
    """What handlers may ask of plans."""

    tasks: Tasks
    rounds: Rounds
    draws: Draws
    holding: Holding
    publishing: Publishing
    overview: Overview
    roster: Roster


@dataclass(frozen=True, kw_only=True)
class CheckInServices:
    """What handlers may ask of check-ins."""

    submitting: Submitting
    reading: CheckIns
    reviewing: Reviewing
    pictures: CheckInPictures


@dataclass(frozen=True, kw_only=True)
class DayServices:
    """What handlers may ask of an inspector's day."""

    morning: Morning
    drafts: Drafts


@dataclass(frozen=True, kw_only=True)
class PatrolServices:
    """Everything about patrols that a handler may reach."""

    outlets: OutletServices
    findings: FindingServices
    checklists: ChecklistServices
    plates: PlateServices
    plans: PlanServices
    public: PlateChecks
    complaints: ComplaintServices
    photos: Photos
    statistics: Counting
    check_ins: CheckInServices
    day: DayServices
    background: tuple[Background, ...]
