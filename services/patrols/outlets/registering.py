"""Registering outlets and changing what is said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.common.clock import Clock, IdSource
from services.common.model import IdempotentRequest
from services.identity.model import Actor, Scope, ScopeLevel
from services.patrols.model import Draft, PatrolEvent, PatrolEventKind
from services.patrols.outlets.contacts import Contacts
from services.patrols.outlets.errors import OutletFollowed, OutletInvalid
from services.patrols.outlets.model import Contact, Outlet, OutletDetails
from services.patrols.outlets.ports import OutletStore
from services.patrols.outlets.reading import OutletReading
from services.patrols.outlets.rules import (
    details_of,
    digest_of,
    ensure_sound,
    ensure_version,
    key_ids,
    keys_after,
    position_fault,
    with_details,
)
from services.patrols.recording import Recording
from services.patrols.sites.model import SiteState, SiteStatus
from services.patrols.sites.ports import StatusStore
from services.venues.directory import VenueDirectory
from services.venues.model import GeoPoint
from services.venues.scopes import Scopes

PREFIX = "otl"


@dataclass(frozen=True, kw_only=True)
class RegisterOutlet:
    """A wish to enter an outlet into the register, unless there is one with its `id`, where that is given."""

    actor: Actor
    details: OutletDetails
    contacts: Sequence[Contact]
    request: IdempotentRequest | None = None
    id: str | None = None
    example: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangeOutlet:
    """A wish to change an outlet that was read in `version`, None for whatever it is; absent fields stay as they are.

    Contacts of None stay, too.
    """

    actor: Actor
    outlet_id: str
    version: int | None
    changes: Mapping[str, Any]
    contacts: Sequence[Contact] | None


class OutletRegister:
    """Writes the register of outlets."""

    def __init__(
        self,
        *,
        recording: Recording,
        store: OutletStore,
        statuses: StatusStore,
        reading: OutletReading,
        contacts: Contacts,
        venues: VenueDirectory,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._recording = recording
        self._store = store
        self._statuses = statuses
        self._reading = reading
        self._contacts = contacts
        self._venues = venues
        self._scopes = Scopes(venues)
        self._clock = clock
        self._ids = ids

    async def register(self, command: RegisterOutlet) -> Outlet:
        """Enter an outlet.

        Raises OutletInvalid, OwnerUnknown for a district that is unknown or outside the actor's scope, OutletKeyTaken,
        IdempotencyKeyReused.
        """
        ensure_sound(command.details)
        outlet_id = command.id or self._ids.new(PREFIX)

        async def read(its_id: str) -> Outlet:
            return await self._reading.get(command.actor, its_id)

        return await self._recording.settle(
            lambda: self._registered(command, outlet_id), repeat=command.request, read=read
        )

    async def _registered(self, command: RegisterOutlet, outlet_id: str) -> Draft[Outlet]:
        present = None if command.id is None else await self._store.find(command.id)
        if present is not None:
            return Draft(records=(), events=(), answer=present)
        details, now = command.details, self._clock.now()
        city_id, seen_by = await self._owner_of(command.actor, details.district_id)
        await self._ensure_plausible(details.position, city_id)
        after = key_ids(city_id, details.licence, details.external_id)
        keys = keys_after(outlet_id, (), after, dict(await self._store.keys(after)))
        outlet = Outlet(
            id=outlet_id,
            **{name: getattr(details, name) for name in vars(details)},
            city_id=city_id,
            contacts=await self._contacts.protected(command.contacts),
            state=SiteState.ACTIVE,
            merged_into=None,
            example=command.example,
            seen_by=seen_by,
            registered_at=now,
            changed_at=now,
            version=1,
        )
        event = outlet_event(
            self._ids, PatrolEventKind.OUTLET_REGISTERED, outlet, command.actor, {"digest": digest_of(outlet)}
        )
        return Draft(
            records=(outlet, *keys), events=(event,), answer=outlet, repeat=command.request, answer_id=outlet.id
        )

    async def change(self, command: ChangeOutlet) -> Outlet:
        """Change an outlet, unless it is as wished already.

        Raises OutletUnknown, OutletChanged, OutletInvalid, OwnerUnknown, OutletKeyTaken, or OutletFollowed for another
        district while findings stand.
        """
        return await self._recording.settle(lambda: self._changed(command))

    async def _changed(self, command: ChangeOutlet) -> Draft[Outlet]:
        outlet = await self._reading.get(command.actor, command.outlet_id)
        ensure_version(outlet, command.version)
        details = replace(details_of(outlet), **command.changes)
        ensure_sound(details)
        contacts = await self._contacts.kept_or_new(outlet.contacts, command.contacts)
        changed, different = with_details(outlet, details, contacts, self._clock.now())
        if not different:
            return Draft(records=(), events=(), answer=outlet)
        moved: tuple[SiteStatus, ...] = ()
        if "district_id" in different:
            city_id, seen_by = await self._owner_of(command.actor, details.district_id)
            changed = replace(changed, city_id=city_id, seen_by=seen_by)
            moved = await self._moved(changed)
        if not {"district_id", "position"}.isdisjoint(different):
            await self._ensure_plausible(details.position, changed.city_id)
        before = key_ids(outlet.city_id, outlet.licence, outlet.external_id)
        after = key_ids(changed.city_id, changed.licence, changed.external_id)
        present = await self._store.keys({*before, *after})
        keys = keys_after(outlet.id, before, after, dict(present))
        data = {"fields": list(different), "digest": digest_of(changed)}
        event = outlet_event(self._ids, PatrolEventKind.OUTLET_CHANGED, changed, command.actor, data)
        return Draft(records=(changed, *keys, *moved), events=(event,), answer=changed)

    async def _ensure_plausible(self, position: GeoPoint, city_id: str) -> None:
        """Raise OutletInvalid for a position far from all that is known of its city."""
        venues = [venue.position for venue in await self._venues.all() if venue.city_id == city_id]
        if (fault := position_fault(position, venues)) is not None:
            raise OutletInvalid(errors=(fault,))

    async def _moved(self, outlet: Outlet) -> tuple[SiteStatus, ...]:
        """Return how an outlet stands in its new district, if anybody was there; raises OutletFollowed.

        A finding belongs to the district whose inspectors follow it: it must come to its end there.
        """
        status = (await self._statuses.statuses([outlet.id])).get(outlet.id)
        if status is None:
            return ()
        if status.open_findings:
            raise OutletFollowed
        return (replace(status, district_id=outlet.district_id, seen_by=outlet.seen_by, version=status.version + 1),)

    async def _owner_of(self, actor: Actor, district_id: str) -> tuple[str, tuple[str, ...]]:
        """Return the city of a district within the actor's scope, and the scopes that cover it; raises OwnerUnknown."""
        district = Scope(level=ScopeLevel.DISTRICT, id=district_id)
        seen_by = await self._scopes.seen_by_within(actor, district)
        return (await self._venues.get_owner(district)).city_id, seen_by


def outlet_event(
    ids: IdSource, kind: PatrolEventKind, outlet: Outlet, actor: Actor, data: Mapping[str, Any]
) -> PatrolEvent:
    """Return the event of what an actor just did with an outlet."""
    return PatrolEvent(
        id=ids.new("evt"),
        kind=kind,
        subject_id=outlet.id,
        site_id=outlet.id,
        occurred_at=outlet.changed_at,
        told_by=actor.id,
        data={**data, "district_id": outlet.district_id, "version": outlet.version},
    )
