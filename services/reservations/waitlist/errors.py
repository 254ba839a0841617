"""Why a step of somebody who waits is refused, beside what refuses bookings."""

from services.common.errors import Conflict


class NoOfferYet(Conflict):
    """The party waits, and nothing is held for it so far."""

    code = "no_offer_yet"
    title = "No places are held for this party yet"


class NotWaiting(Conflict):
    """The party has its places, or never waited."""

    code = "not_waiting"
    title = "This party does not wait: cancel the reservation instead"
