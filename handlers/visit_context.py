"""What handlers may ask of what grew around reservations: one field a room, each built in `server.visits`."""

from dataclasses import dataclass

from handlers.background import Background
from services.admissions.ceilings.editing import CeilingEditing
from services.admissions.crowds.reading import CrowdReading
from services.admissions.devices.beating import Beating
from services.admissions.devices.directory import DeviceDirectory
from services.admissions.devices.enrolling import Enrolling
from services.admissions.devices.keeping import DeviceKeeping
from services.admissions.leaving import Leaving
from services.admissions.live.watching import Watching
from services.admissions.occupancy.recounting import Recounting
from services.admissions.packs.issuing import PackIssuing
from services.admissions.revocations.directory import Revocations
from services.admissions.revocations.revoking import CodeRevoking
from services.admissions.undoing import Undoing
from services.admissions.uploads.keeping import ConflictKeeping, LogReading
from services.admissions.uploads.uploading import Uploading
from services.admissions.walk_ins import WalkIns
from services.calendars.editing import CalendarEditing
from services.calendars.importing import WorshipImporting
from services.calendars.reading import CalendarReading
from services.calendars.years import HolidayYears
from services.notifications.reading import OwnNotices
from services.policies.directory import PolicyDirectory
from services.policies.editing import PolicyEditing
from services.ratings.answering import Answering
from services.ratings.rating import RatingVisits
from services.ratings.reading import RatingReading
from services.reservations.companions.keeping import Companions
from services.reservations.groups.applying import Applying
from services.reservations.groups.deciding import Deciding
from services.reservations.groups.reading import ApplicationReading
from services.reservations.groups.roster import Rosters
from services.reservations.leases.leasing import Leasing
from services.reservations.leases.reading import LeaseReading
from services.reservations.leases.returning import LeaseReturning
from services.reservations.no_shows.amnesties import Amnesties
from services.reservations.no_shows.deciding import Deciding as AppealDeciding
from services.reservations.no_shows.own import OwnNoShows
from services.reservations.planning.closing import Closing
from services.reservations.planning.keeping import Keeping
from services.reservations.planning.planner import Planner
from services.reservations.releases.opening import Opening
from services.reservations.releases.publishing import Publishing
from services.reservations.releases.requesting import Requesting
from services.reservations.slot_keeping import SlotKeeping
from services.reservations.waitlist.joining import WaitlistJoining
from services.reservations.waitlist.leaving import WaitlistLeaving
from services.reservations.waitlist.reading import WaitlistReading
from services.reservations.waitlist.taking import OfferTaking
from services.reservations.window.booking import WindowBooking
from services.reservations.window.reading import WindowReading
from services.reservations.window.slips import Slips


@dataclass(frozen=True, kw_only=True)
class RatingServices:
    """Ratings of visits."""

    rating: RatingVisits
    reading: RatingReading
    answering: Answering


@dataclass(frozen=True, kw_only=True)
class CalendarServices:
    """When venues are open."""

    reading: CalendarReading
    editing: CalendarEditing
    years: HolidayYears
    importing: WorshipImporting


@dataclass(frozen=True, kw_only=True)
class PolicyServices:
    """What venues demand of those who book."""

    directory: PolicyDirectory
    editing: PolicyEditing


@dataclass(frozen=True, kw_only=True)
class ReleaseServices:
    """Days whose places are drawn by lot."""

    opening: Opening
    requesting: Requesting
    publishing: Publishing


@dataclass(frozen=True, kw_only=True)
class WaitlistServices:
    """Waiting for places of full slots."""

    joining: WaitlistJoining
    reading: WaitlistReading
    taking: OfferTaking
    leaving: WaitlistLeaving


@dataclass(frozen=True, kw_only=True)
class PlanningServices:
    """Slots from calendars, and what becomes of those who are hit."""

    planner: Planner
    keeping: Keeping
    closing: Closing
    slot_keeping: SlotKeeping


@dataclass(frozen=True, kw_only=True)
class GroupServices:
    """Groups that apply, and their names."""

    applying: Applying
    deciding: Deciding
    reading: ApplicationReading
    rosters: Rosters


@dataclass(frozen=True, kw_only=True)
class WindowServices:
    """Bookings at staffed windows."""

    booking: WindowBooking
    reading: WindowReading
    slips: Slips


@dataclass(frozen=True, kw_only=True)
class WalkInServices:
    """Walk-in places that gates lease, and people who come in on them."""

    leasing: Leasing
    reading: LeaseReading
    returning: LeaseReturning
    admitting: WalkIns


@dataclass(frozen=True, kw_only=True)
class NoShowServices:
    """Visits that were booked and not made."""

    own: OwnNoShows
    deciding: AppealDeciding
    amnesties: Amnesties


@dataclass(frozen=True, kw_only=True)
class UploadServices:
    """What gates did without network, and what did not fit."""

    uploading: Uploading
    logs: LogReading
    conflicts: ConflictKeeping


@dataclass(frozen=True, kw_only=True)
class DeviceServices:
    """Devices at gates."""

    directory: DeviceDirectory
    enrolling: Enrolling
    keeping: DeviceKeeping
    beating: Beating


@dataclass(frozen=True, kw_only=True)
class PresenceServices:
    """Who is inside: leaving, taking mistakes back, counting anew, and crowds."""

    ceilings: CeilingEditing
    undoing: Undoing
    leaving: Leaving
    recounting: Recounting
    crowds: CrowdReading


@dataclass(frozen=True, kw_only=True)
class VisitServices:
    """What handlers may ask, and what goes on in the background."""

    ratings: RatingServices
    notices: OwnNotices
    calendars: CalendarServices
    planning: PlanningServices
    policies: PolicyServices
    companions: Companions
    waitlist: WaitlistServices
    groups: GroupServices
    window: WindowServices
    walk_ins: WalkInServices
    releases: ReleaseServices
    no_shows: NoShowServices
    devices: DeviceServices
    uploads: UploadServices
    code_revoking: CodeRevoking
    revocations: Revocations
    watching: Watching
    packs: PackIssuing
    presence: PresenceServices
    background: tuple[Background, ...]
