"""Refusals that any part of patrols can give."""

from services.common.errors import NotFound, Unavailable


class SiteUnknown(NotFound):
    """No such outlet or venue, or not within the actor's scope."""

    code = "site_not_found"
    title = "No such outlet or venue"


class PapersUnavailable(Unavailable):
    """The process that draws papers failed, twice in a row or for too long."""

    code = "papers_unavailable"
    title = "Papers cannot be drawn at this moment"


class PatrolsContended(Unavailable):
    """Others changed the same things, again and again, in the same moments."""

    code = "patrols_contended"
    title = "Too much is being recorded at this moment"
