"""What the public side needs of other rooms."""

from collections.abc import Collection, Mapping
from typing import Protocol

from services.patrols.outlets.model import Outlet
from services.patrols.plates.model import ScannedPlate
from services.patrols.sites.model import Site, SiteStatus


class PlateReader(Protocol):
    """Plates by what a scanner read; `services.patrols.plates` has it."""

    async def read(self, text: str) -> ScannedPlate:
        """Return what the text is: a code, or the whole link."""


class OutletsById(Protocol):
    """Outlets; the store of `services.patrols.outlets` is one."""

    async def find(self, outlet_id: str) -> Outlet | None:
        """Return the outlet."""


class SitesById(Protocol):
    """Sites; `services.patrols.sites.directory.Sites` is one."""

    async def several(self, ids: Collection[str]) -> Mapping[str, Site]:
        """Return the sites there are, by id."""


class StatusesById(Protocol):
    """How sites stand; `services.patrols.sites.ports.StatusStore` is one."""

    async def statuses(self, ids: Collection[str]) -> Mapping[str, SiteStatus]:
        """Return the statuses there are, by site id."""
