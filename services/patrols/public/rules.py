"""Decisions of the public side, free of input and output: how a licence stands, where a plate is, what to warn of."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from services.common.clock import city_day
from services.patrols.outlets.model import Licence
from services.patrols.plates.model import PlateVerdict
from services.patrols.plates.rules import place_verdict
from services.patrols.public.model import Caution, LastCheck, LicenceStatus, Place, PublicLicence, Sign, Standing
from services.patrols.sites.model import CheckResult, Site, SiteState, SiteStatus
from services.venues.model import GeoPoint

# A licence is renewed in its last month.
EXPIRING_WITHIN = timedelta(days=30)

_OF_PLATES = {
    PlateVerdict.FORGED: Caution.PLATE_FORGED,
    PlateVerdict.REVOKED: Caution.PLATE_REVOKED,
    PlateVerdict.REPLACED: Caution.PLATE_REPLACED,
}
_OF_SITES = {SiteState.CLOSED: Caution.SITE_CLOSED, SiteState.MERGED: Caution.SITE_MERGED}
_OF_LICENCES = {
    LicenceStatus.NONE: Caution.LICENCE_NONE,
    LicenceStatus.EXPIRED: Caution.LICENCE_EXPIRED,
    LicenceStatus.NOT_YET: Caution.LICENCE_NOT_YET,
    LicenceStatus.EXPIRING: Caution.LICENCE_EXPIRING,
}
_ALARMS = {Caution.PLATE_REVOKED, Caution.PLATE_ELSEWHERE}
# Still valid: a word to the outlet rather than to its guests.
_HARMLESS = {Caution.LICENCE_EXPIRING}


def licence_status(licence: Licence | None, today: date) -> LicenceStatus:
    """Return how a licence stands; its first and its last day are days on which it is valid."""
    if licence is None:
        return LicenceStatus.NONE
    if today < licence.valid_from:
        return LicenceStatus.NOT_YET
    if today > licence.valid_to:
        return LicenceStatus.EXPIRED
    return LicenceStatus.EXPIRING if licence.valid_to - today < EXPIRING_WITHIN else LicenceStatus.VALID


def shown_licence(licence: Licence | None, today: date) -> PublicLicence:
    """Return the licence as anybody may see it."""
    return PublicLicence(
        status=licence_status(licence, today),
        number=None if licence is None else licence.number,
        issuer=None if licence is None else licence.issuer,
        valid_from=None if licence is None else licence.valid_from,
        valid_to=None if licence is None else licence.valid_to,
        scope=None if licence is None else licence.scope,
    )


def place_of(near: GeoPoint | None, position: GeoPoint) -> Place:
    """Return whether a phone at `near` can stand before a plate that hangs at `position`; both GCJ-02."""
    if near is None:
        return Place.UNKNOWN
    return Place.ELSEWHERE if place_verdict(position, near).elsewhere else Place.HERE


def last_check(status: SiteStatus | None) -> LastCheck | None:
    """Return the latest accepted check-in, to the day."""
    if status is None or status.last_result is None or status.last_checked_at is None:
        return None
    return LastCheck(result=status.last_result, checked_on=city_day(status.last_checked_at))


def warnings_of(verdict: PlateVerdict, place: Place, site: Site | None, standing: Standing | None) -> Sequence[Caution]:
    """Return what to warn of, the worst first."""
    found = set(_of_plate(verdict, place, site))
    if standing is not None:
        found |= set(_of_standing(standing))
    return [one for one in Caution if one in found]


def _of_plate(verdict: PlateVerdict, place: Place, site: Site | None) -> Iterator[Caution]:
    if verdict in _OF_PLATES:
        yield _OF_PLATES[verdict]
    if place is Place.ELSEWHERE:
        yield Caution.PLATE_ELSEWHERE
    if site is not None and site.state in _OF_SITES:
        yield _OF_SITES[site.state]


def _of_standing(standing: Standing) -> Iterator[Caution]:
    if standing.licence is not None and standing.licence.status in _OF_LICENCES:
        yield _OF_LICENCES[standing.licence.status]
    if standing.last_check is not None and standing.last_check.result is CheckResult.FAILED:
        yield Caution.CHECK_FAILED


def sign_of(warnings: Sequence[Caution]) -> Sign:
    """Return what the warnings come to: GOOD only where nothing but a licence's last month is to be said."""
    found = set(warnings)
    if Caution.PLATE_FORGED in found:
        return Sign.BAD
    if found & _ALARMS:
        return Sign.ALARM
    return Sign.CARE if found - _HARMLESS else Sign.GOOD
