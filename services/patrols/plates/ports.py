"""What plates need of a store."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.patrols.plates.model import Plate, SitePlate


class PlateStore(Protocol):
    """Plates, and which of them is a site's own."""

    async def find(self, plate_id: str) -> Plate | None:
        """Return the plate."""

    async def several(self, ids: Collection[str]) -> Mapping[str, Plate]:
        """Return the plates there are, by id."""

    async def own(self, site_ids: Collection[str]) -> Mapping[str, SitePlate]:
        """Return which plates are those sites' own, by site id, as far as they ever had one."""

    async def of_site(self, site_id: str) -> Sequence[Plate]:
        """Return all plates that a site ever had, in any order."""

    async def ended(self, since: datetime, until: datetime) -> Sequence[Plate]:
        """Return the plates that ended with since <= the end <= until, in any order."""
