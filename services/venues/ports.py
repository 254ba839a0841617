"""What venues need from outside."""

from collections.abc import Sequence
from typing import Protocol

from services.venues.model import District, Venue


class VenueStore(Protocol):
    """Venues and districts; a city has hundreds of them, not millions."""

    async def all_venues(self) -> Sequence[Venue]:
        """Return every venue."""

    async def all_districts(self) -> Sequence[District]:
        """Return every district."""

    async def put(self, districts: Sequence[District], venues: Sequence[Venue]) -> None:
        """Add or replace."""
