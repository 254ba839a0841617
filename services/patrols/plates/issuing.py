"""Plates begin, are replaced and are revoked; a site has one at most at any time."""

import asyncio
from collections.abc import Mapping, Sequence

from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest
from services.identity.model import Actor
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind, Versioned
from services.patrols.plates.errors import PlateOver, PlateUnknown
from services.patrols.plates.model import Plate, PlateEnd, SitePlate
from services.patrols.plates.ports import PlateStore
from services.patrols.plates.reading import PlateReading
from services.patrols.plates.rules import ensure_active, ensure_current, new_plate, pointed, replaced, revoked
from services.patrols.plates.signing import PlateSigning
from services.patrols.recording import Recording
from services.patrols.sites.directory import Sites
from services.patrols.sites.model import Site

PREFIX = "plt"


class PlateIssuing:
    """Whatever changes a plate also changes its site's SitePlate, whose version lets one through at a time."""

    def __init__(
        self,
        *,
        recording: Recording,
        store: PlateStore,
        sites: Sites,
        reading: PlateReading,
        signing: PlateSigning,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._recording = recording
        self._store = store
        self._sites = sites
        self._reading = reading
        self._signing = signing
        self._clock = clock
        self._ids = ids

    async def issue(self, actor: Actor, site_id: str, request: IdempotentRequest | None) -> Plate:
        """Give a site a plate; the one that it has is replaced by it.

        Raises SiteUnknown, PlateSiteClosed, IdempotencyKeyReused, and what recording does.
        """

        async def decide() -> Draft[Plate]:
            site = await self._sites.get_within(actor, site_id)
            ensure_active(site)
            own = (await self._store.own([site.id])).get(site.id)
            earlier = None if own is None or own.plate_id is None else await self._store.find(own.plate_id)
            return self._begin(actor, site, own, earlier, end=None, request=request)

        return await self._recording.settle(decide, repeat=request, read=self._read)

    async def issue_missing(self, actor: Actor, site_ids: Sequence[str]) -> Sequence[Plate]:
        """Give each of these sites a plate that has none, and return the plates that they have then, in order.

        Those before a refusal keep theirs: send the rest again. Raises SiteUnknown, PlateSiteClosed, and what
        recording does.
        """
        return await asyncio.gather(*(self._issue_missing(actor, one) for one in dict.fromkeys(site_ids)))

    async def _issue_missing(self, actor: Actor, site_id: str) -> Plate:
        async def decide() -> Draft[Plate]:
            site = await self._sites.get_within(actor, site_id)
            own = (await self._store.own([site.id])).get(site.id)
            if own is not None and own.plate_id is not None:
                return Draft(records=(), events=(), answer=await self._read(own.plate_id))
            ensure_active(site)
            return self._begin(actor, site, own, None, end=None, request=None)

        return await self._recording.settle(decide)

    async def replace(self, actor: Actor, plate_id: str, end: PlateEnd, request: IdempotentRequest | None) -> Plate:
        """Put a new plate in the place of a current one and return the new one.

        Raises PlateUnknown, PlateOver, PlateSiteClosed, IdempotencyKeyReused, and what recording does.
        """

        async def decide() -> Draft[Plate]:
            plate, own = await self._current(actor, plate_id)
            site = await self._sites.get(plate.site_id)
            ensure_active(site)
            return self._begin(actor, site, own, plate, end=end, request=request)

        return await self._recording.settle(decide, repeat=request, read=self._read)

    async def revoke(self, actor: Actor, plate_id: str, end: PlateEnd) -> Plate:
        """End a plate and return it; raises PlateUnknown, PlateOver, and what recording does."""

        async def decide() -> Draft[Plate]:
            plate, own = await self._current(actor, plate_id)
            now = self._clock.now()
            over = revoked(plate, end=end, now=now)
            event = self._event(actor, PatrolEventKind.PLATE_REVOKED, over, {"reason": end.value})
            return Draft(records=(pointed(own, plate.site_id, None), over), events=(event,), answer=over)

        return await self._recording.settle(decide)

    def _begin(
        self,
        actor: Actor,
        site: Site,
        own: SitePlate | None,
        earlier: Plate | None,
        *,
        end: PlateEnd | None,
        request: IdempotentRequest | None,
    ) -> Draft[Plate]:
        now = self._clock.now()
        plate = new_plate(self._ids.new(PREFIX), site, kid=self._signing.kid, issued_by=actor.id, now=now)
        records: list[Versioned] = [pointed(own, site.id, plate.id), plate]
        begun: Mapping[str, str | int | None] = {"kid": plate.kid, "replaces": None if earlier is None else earlier.id}
        events = [self._event(actor, PatrolEventKind.PLATE_ISSUED, plate, begun)]
        if earlier is not None:
            over = replaced(earlier, by=plate.id, end=end, now=now)
            told = {"reason": None if end is None else end.value, "replaced_by": plate.id}
            records.append(over)
            events.append(self._event(actor, PatrolEventKind.PLATE_REPLACED, over, told))
        return Draft(records=tuple(records), events=tuple(events), answer=plate, repeat=request, answer_id=plate.id)

    def _event(
        self, actor: Actor, kind: PatrolEventKind, plate: Plate, data: Mapping[str, str | int | None]
    ) -> PatrolEvent:
        return PatrolEvent(
            id=self._ids.new("evt"),
            kind=kind,
            subject_id=plate.id,
            site_id=plate.site_id,
            occurred_at=plate.ended_at or plate.issued_at,
            told_by=actor.id,
            data=data,
        )

    async def _current(self, actor: Actor, plate_id: str) -> tuple[Plate, SitePlate]:
        plate = await self._reading.get(actor, plate_id)
        ensure_current(plate)
        own = (await self._store.own([plate.site_id])).get(plate.site_id)
        if own is None or own.plate_id != plate.id:  # it ended between the two looks
            raise PlateOver
        return plate, own

    async def _read(self, plate_id: str) -> Plate:
        plate = await self._store.find(plate_id)
        if plate is None:
            raise PlateUnknown
        return plate
