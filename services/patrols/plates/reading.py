"""What a scanned plate is, and the signed list of those that are none any more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qr.plate_list import Ended, PlateList
from services.common.clock import Clock
from services.identity.model import Actor
from services.patrols.errors import SiteUnknown
from services.patrols.plates.errors import PlateUnknown, SitesWithoutPlate
from services.patrols.plates.model import Plate, PlateState, PlateVerdict, ScannedPlate
from services.patrols.plates.ports import PlateStore
from services.patrols.plates.rules import VERDICTS, PlaceVerdict, place_verdict
from services.patrols.plates.signing import PlateSigning
from services.patrols.sites.directory import Sites
from services.patrols.sites.model import Site
from services.venues.model import GeoPoint
from services.venues.scopes import scope_names

# What ended longer ago has no place on a phone: whoever scans it is told when the check-in arrives.
LONGEST_LOOK_BACK = timedelta(days=3 * 366)
FORGED = ScannedPlate(verdict=PlateVerdict.FORGED, plate=None, site_id=None)
_HOW = {PlateState.REPLACED: Ended.REPLACED, PlateState.REVOKED: Ended.REVOKED}


@dataclass(frozen=True, kw_only=True)
class SignedList:
    """A list of ended plates, and its bytes with their signature."""

    listed: PlateList
    signed: bytes


@dataclass(frozen=True, kw_only=True)
class SeenPlate:
    """What a scan comes to; `site` is None where the plate is forged, `place` where the phone did not say its own."""

    scanned: ScannedPlate
    site: Site | None
    place: PlaceVerdict | None


class PlateReading:
    """Answers about plates."""

    def __init__(self, *, store: PlateStore, sites: Sites, signing: PlateSigning, clock: Clock) -> None:
        self._store = store
        self._sites = sites
        self._signing = signing
        self._clock = clock

    async def read(self, text: str) -> ScannedPlate:
        """Return what a scanned text is, a code or a whole link: whatever it is, it is no error.

        A good signature on a plate that we know nothing of is as bad as a wrong one.
        """
        claim = self._signing.claim_of(text)
        plate = None if claim is None else await self._store.find(claim.plate_id)
        if claim is None or plate is None or plate.site_id != claim.site_id:
            return FORGED
        return ScannedPlate(verdict=VERDICTS[plate.state], plate=plate, site_id=plate.site_id)

    async def look(self, text: str, near: GeoPoint | None, accuracy_m: float | None) -> SeenPlate:
        """Return what a scanned text is, whose plate it is, and whether `near`, GCJ-02, is where it belongs."""
        scanned = await self.read(text)
        site = None if scanned.site_id is None else (await self._sites.several([scanned.site_id])).get(scanned.site_id)
        placed = None if site is None or near is None else place_verdict(site.position, near, accuracy_m)
        return SeenPlate(scanned=scanned, site=site, place=placed)

    async def current_plate(self, site_id: str) -> Plate | None:
        """Return the plate that is a site's own now, whoever asks."""
        own = (await self._store.own([site_id])).get(site_id)
        return None if own is None or own.plate_id is None else await self._store.find(own.plate_id)

    async def get(self, actor: Actor, plate_id: str) -> Plate:
        """Return the plate; raises PlateUnknown."""
        plate = await self._store.find(plate_id)
        if plate is None:
            raise PlateUnknown
        try:
            # As the site is now: an outlet may have moved to another district since.
            await self._sites.get_within(actor, plate.site_id)
        except SiteUnknown:
            raise PlateUnknown from None
        return plate

    async def own(self, actor: Actor, site_ids: Sequence[str]) -> Mapping[str, Plate]:
        """Return the current plates of sites; raises SitesWithoutPlate unless each has one that the actor may see."""
        sites, own = await self._sites.several(site_ids), await self._store.own(site_ids)
        found = await self._store.several([one.plate_id for one in own.values() if one.plate_id is not None])
        plates, scopes = {plate.site_id: plate for plate in found.values()}, scope_names(actor)
        seen = {one for one in sites if _covered(sites[one], scopes)}
        unknown = [place for place, one in enumerate(site_ids) if one not in seen]
        missing = [place for place, one in enumerate(site_ids) if one in seen and one not in plates]
        if missing or unknown:
            raise SitesWithoutPlate(missing=missing, unknown=unknown)
        return plates

    async def of_site(self, actor: Actor, site_id: str) -> Sequence[Plate]:
        """Return all plates that a site ever had, newest first; raises SiteUnknown."""
        site = await self._sites.get_within(actor, site_id)
        return sorted(await self._store.of_site(site.id), key=lambda one: one.id, reverse=True)

    async def ended(self, since: datetime) -> SignedList:
        """Return the plates that ended since then, LONGEST_LOOK_BACK ago at most, signed.

        It names plates and nothing of their sites, so that it may lie on any phone.
        """
        until = self._clock.now().replace(microsecond=0)
        since = max(since.astimezone(UTC).replace(microsecond=0), until - LONGEST_LOOK_BACK)
        found = await self._store.ended(since, until) if since <= until else []
        listed = PlateList(
            kid=self._signing.kid, since=since, until=until, plates={one.id: _HOW[one.state] for one in found}
        )
        return SignedList(listed=listed, signed=self._signing.sign_list(listed))


def _covered(site: Site, scopes: Sequence[str]) -> bool:
    return not set(scopes).isdisjoint(site.seen_by)
