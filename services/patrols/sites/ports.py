"""What sites need from outside."""

from collections.abc import Collection, Mapping
from typing import Protocol

from services.patrols.sites.model import Site, SiteStatus


class OutletSites(Protocol):
    """Outlets as sites."""

    async def sites(self, ids: Collection[str]) -> Mapping[str, Site]:
        """Return the outlets there are, whatever their state, by id."""


class StatusStore(Protocol):
    """How sites stand."""

    async def statuses(self, ids: Collection[str]) -> Mapping[str, SiteStatus]:
        """Return the statuses there are, by site id."""
