"""Reading: check-ins within the actor's scope, with their photos and the other contents that came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from services.common.clock import Clock
from services.common.model import Page
from services.common.newest import newest
from services.common.pages import make_cursor, read_cursor
from services.common.protection import FieldCipher
from services.identity.model import Actor
from services.patrols.checkins.errors import CheckInPhotoUnknown, CheckInUnknown
from services.patrols.checkins.model import CheckIn, Fix
from services.patrols.checkins.ports import CheckInSearch, CheckInStore, PhotoReads
from services.photos.model import Photo, PhotoState
from services.transparency.commitment import read_value
from services.venues.scopes import scope_names

LIST = "check-ins"
PREFIX = "chk"
NOT_YET = frozenset({PhotoState.AWAITED, PhotoState.RECEIVING})


@dataclass(frozen=True, kw_only=True)
class Version:
    """Another content that came under the same submission_id; `fix` is forgotten after its time."""

    content: Mapping[str, Any]
    fix: Fix | None
    received_at: datetime


class CheckIns:
    """Check-ins as somebody may see them: their own, and those within their scope."""

    def __init__(self, *, store: CheckInStore, photos: PhotoReads, cipher: FieldCipher, clock: Clock) -> None:
        self._store = store
        self._photos = photos
        self._cipher = cipher
        self._clock = clock

    async def get(self, actor: Actor, check_in_id: str) -> CheckIn:
        """Return the check-in; raises CheckInUnknown."""
        found = await self._store.find(check_in_id)
        if found is None or not may_see(actor, found):
            raise CheckInUnknown
        return found

    async def page(self, search: CheckInSearch, limit: int, after: str | None) -> Page[CheckIn]:
        """Return a page of check-ins, newest first; raises CursorInvalid."""
        until = None if after is None else str(read_cursor(after, LIST, (str,))[0])
        found = await newest(
            partial(self._store.between, search), prefix=PREFIX, wanted=limit + 1, until=until, now=self._clock.now()
        )
        following = make_cursor(LIST, found[limit - 1].id) if len(found) > limit else None
        return Page(items=found[:limit], next=following)

    async def photos(self, check_in: CheckIn) -> Mapping[str, Photo]:
        """Return what is known of the check-in's photos."""
        return await self._photos.states(check_in.photos)

    async def get_with_photo(self, actor: Actor, check_in_id: str, photo_id: str) -> CheckIn:
        """Return the check-in if it names that photo; raises CheckInUnknown, CheckInPhotoUnknown."""
        found = await self.get(actor, check_in_id)
        if photo_id not in found.photos:
            raise CheckInPhotoUnknown
        return found

    async def versions(self, actor: Actor, check_in_id: str) -> Sequence[Version]:
        """Return the other contents that came, the first first; raises CheckInUnknown."""
        found = await self.get(actor, check_in_id)
        return [
            Version(
                content=read_value(await self._cipher.decrypt(one.sealed_content)),
                fix=one.fix,
                received_at=one.received_at,
            )
            for one in await self._store.contradictions(found.id)
        ]


def may_see(actor: Actor, check_in: CheckIn) -> bool:
    """Tell whether it is the actor's own, or within their scope."""
    return check_in.inspector_id == actor.id or not set(check_in.seen_by).isdisjoint(scope_names(actor))


def missing_photos(check_in: CheckIn, known: Mapping[str, Photo]) -> Sequence[str]:
    """Return the photos that are still to be sent."""
    return [one for one in check_in.photos if one not in known or known[one].state in NOT_YET]
