"""What anybody may see of releases: their stages, their pools, and the records by which a draw is repeated."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from services.common.model import Page
from services.common.pages import CursorInvalid, make_cursor, read_cursor
from services.reservations.releases.drawing import ALGORITHM, beacon_content
from services.reservations.releases.errors import NotDrawn, NotFrozen, ReleaseUnknown
from services.reservations.releases.model import Drawn, Frozen, Release
from services.reservations.releases.ports import ReleaseStore
from services.venues.directory import VenueDirectory

LIST = "releases of "
RECORD_FORMAT = "chengma-release-record-1"


class Publishing:
    """Shows releases; nothing of it names anybody."""

    def __init__(self, *, store: ReleaseStore, venues: VenueDirectory) -> None:
        self._store = store
        self._venues = venues

    async def get(self, release_id: str) -> Release:
        """Return a release; raises ReleaseUnknown."""
        release = await self._store.find(release_id)
        if release is None:
            raise ReleaseUnknown
        return release

    async def list(self, venue_id: str, limit: int, after: str | None) -> Page[Release]:
        """Return a page of a venue's releases, the latest day first; raises VenueUnknown, CursorInvalid."""
        await self._venues.get(venue_id)
        before = date.max if after is None else _day(str(read_cursor(after, LIST + venue_id, (str,))[0]))
        found = await self._store.of_venue(venue_id, before, limit + 1)
        more = len(found) > limit
        return Page(
            items=found[:limit],
            next=make_cursor(LIST + venue_id, found[limit - 1].visit_on.isoformat()) if more else None,
        )

    async def pool(self, release_id: str) -> AsyncIterator[str]:
        """Return the pool's text, piece by piece; raises ReleaseUnknown, NotFrozen."""
        release = await self.get(release_id)
        if release.frozen is None:
            raise NotFrozen
        return self._store.pieces(release.id, release.frozen.pool)

    async def record(self, release_id: str) -> AsyncIterator[str]:
        """Return all that it takes to repeat the draw as one JSON text, piece by piece; raises NotDrawn."""
        release = await self.get(release_id)
        if release.frozen is None or release.drawn is None:
            raise NotDrawn
        return self._record(release, release.frozen, release.drawn)

    async def _record(self, release: Release, frozen: Frozen, drawn: Drawn) -> AsyncIterator[str]:
        said = json.dumps(_said(release, frozen, drawn), ensure_ascii=False)
        yield said.removesuffix("}") + ', "pool": '
        async for piece in self._store.pieces(release.id, frozen.pool):
            yield piece
        yield ', "result": '
        async for piece in self._store.pieces(release.id, drawn.result):
            yield piece
        yield "}"


def _said(release: Release, frozen: Frozen, drawn: Drawn) -> dict[str, Any]:
    source = release.source
    return {
        "format": RECORD_FORMAT,
        "algorithm": ALGORITHM,
        "release_id": release.id,
        "venue_id": release.venue_id,
        "visit_on": release.visit_on.isoformat(),
        "public_source": source and {"name": source.name, "announced_on": source.announced_on.isoformat()},
        "seed_sha256": release.seed_sha256,
        "pool_sha256": frozen.pool.sha256,
        "seed": drawn.seed,
        "beacon": beacon_content(drawn.beacon),
        "result_sha256": drawn.result.sha256,
        "forfeited": None if release.settled is None else [list(one) for one in release.settled.forfeited],
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CursorInvalid from None
