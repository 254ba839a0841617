"""Filing a complaint: anybody before a plate of ours, without an account, once for each request."""

from dataclasses import dataclass

from services.common.clock import Clock, IdSource, city_day
from services.patrols.complaints.errors import PlateNotGenuine
from services.patrols.complaints.model import Complaint, ComplaintState, FileComplaint, Filed, SiteDay
from services.patrols.complaints.ports import ComplaintPhotos, ComplaintStore, PlateReader
from services.patrols.complaints.rules import counted, day_key, is_held_back
from services.patrols.complaints.secrecy import Secrecy
from services.patrols.model import NOBODY, Draft, PatrolEvent, PatrolEventKind
from services.patrols.plates.model import Plate, PlateVerdict, ScannedPlate
from services.patrols.recording import Recording
from services.patrols.sites.directory import Sites
from services.patrols.sites.model import Site

PREFIX = "cmp"


def wanter_of(command: FileComplaint) -> str:
    """Return under which name a complaint wants its photos: known before its id is, and the same at a repeat."""
    return f"{PREFIX}:{command.request.id}"


@dataclass(frozen=True, kw_only=True)
class _Sealed:
    text: bytes | None
    contact: bytes | None


@dataclass(frozen=True, kw_only=True)
class Filing:
    """Takes complaints."""

    store: ComplaintStore
    recording: Recording
    plates: PlateReader
    sites: Sites
    photos: ComplaintPhotos
    secrecy: Secrecy
    clock: Clock
    ids: IdSource

    async def site_of(self, code: str) -> Site:
        """Return the site of a plate of ours, even of an ended one; raises PlateNotGenuine or SiteUnknown."""
        _, plate = await self._genuine(code)
        return await self.sites.get(plate.site_id)

    async def find_filed(self, command: FileComplaint) -> Filed | None:
        """Return the answer to the same request before, if there is one; raises IdempotencyKeyReused."""
        complaint = await self.recording.find_first(command.request, self._read)
        return None if complaint is None else self._filed(complaint, command)

    async def file(self, command: FileComplaint) -> Filed:
        """Take a complaint; the same request again returns the same answer.

        An old, a revoked or a copied plate may be complained about, and should be. Raises PlateNotGenuine, SiteUnknown,
        IdempotencyKeyReused.
        """
        scanned, plate = await self._genuine(command.code)
        site = await self.sites.get(plate.site_id)
        sealed = _Sealed(text=await self.secrecy.seal(command.text), contact=await self.secrecy.seal(command.contact))
        # Before the complaint: photos that nobody names are let go, and a complaint without its photos is worth less.
        await self.photos.want(command.photos, by=wanter_of(command))

        async def decide() -> Draft[Complaint]:
            now = self.clock.now()
            key = day_key(site.id, city_day(now))
            day = counted(await self.store.day(key), key, now)
            complaint = self._complaint(command, site, scanned.verdict, plate, sealed, day)
            return Draft(
                records=(complaint, day),
                events=(self._filed_event(command, complaint),),
                answer=complaint,
                repeat=command.request,
                answer_id=complaint.id,
            )

        complaint = await self.recording.settle(decide, repeat=command.request, read=self._read)
        return self._filed(complaint, command)

    def _filed(self, complaint: Complaint, command: FileComplaint) -> Filed:
        return Filed(
            complaint_id=complaint.id,
            secret=self.secrecy.secret_of(complaint.id, command.request_id),
            received_at=complaint.received_at,
        )

    async def _genuine(self, code: str) -> tuple[ScannedPlate, Plate]:
        scanned = await self.plates.read(code)
        if scanned.verdict is PlateVerdict.FORGED or scanned.plate is None:
            raise PlateNotGenuine
        return scanned, scanned.plate

    async def _read(self, complaint_id: str) -> Complaint:
        found = await self.store.find(complaint_id)
        if found is None:  # complaints are never deleted
            raise LookupError(complaint_id)
        return found

    def _complaint(
        self,
        command: FileComplaint,
        site: Site,
        verdict: PlateVerdict,
        plate: Plate,
        sealed: _Sealed,
        day: SiteDay,
    ) -> Complaint:
        its_id = self.ids.new(PREFIX)
        return Complaint(
            id=its_id,
            site_id=site.id,
            site_kind=site.kind,
            plate_id=plate.id,
            plate_verdict=verdict,
            text=sealed.text,
            contact=sealed.contact,
            photos=command.photos,
            secret_digest=self.secrecy.secret_digest(self.secrecy.secret_of(its_id, command.request_id)),
            state=ComplaintState.RECEIVED,
            held_back=is_held_back(day),
            received_at=self.clock.now(),
            taken_up_at=None,
            taken_up_by=None,
            task_id=None,
            outcome=None,
            answer=None,
            answered_at=None,
            answered_by=None,
            erase_at=None,
            erased_at=None,
            district_id=site.district_id,
            seen_by=site.seen_by,
            version=1,
            wanter=wanter_of(command),
        )

    def _filed_event(self, command: FileComplaint, complaint: Complaint) -> PatrolEvent:
        return PatrolEvent(
            id=self.ids.new("evt"),
            kind=PatrolEventKind.COMPLAINT_FILED,
            subject_id=complaint.id,
            site_id=complaint.site_id,
            occurred_at=complaint.received_at,
            told_by=NOBODY,
            data={
                "plate_id": complaint.plate_id,
                "plate_verdict": complaint.plate_verdict.value,
                "text_digest": self.secrecy.text_digest(command.text),
                "photos": list(complaint.photos),
                "held_back": complaint.held_back,
            },
        )
