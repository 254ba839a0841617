"""Issues packs: to enrolled devices and staff, for their own venue's gates."""

import asyncio

from qr.gate_pack import GatePack, PackGateUse, sign_gate_pack
from qr.identifiers import venue_tag
from services.admissions.batch import VenueDay
from services.admissions.packs.gathering import Gathering
from services.admissions.packs.model import IssuedPack, PackWish, VenueDayFacts
from services.admissions.packs.ports import Devices, EntryCodeKeys, OpenLeases, SigningKeys
from services.admissions.packs.rules import pack_day, pack_lease, tag_of
from services.common.clock import Clock
from services.identity.rules import is_device
from services.reservations.rules import ENTRY_CLOSES_AFTER, ENTRY_OPENS_BEFORE
from services.venues.directory import VenueDirectory
from services.venues.model import Gate


class PackIssuing:
    """Puts together what a gate must know, and signs it."""

    def __init__(
        self,
        *,
        gathering: Gathering,
        leases: OpenLeases,
        entry_keys: EntryCodeKeys,
        pack_keys: SigningKeys,
        devices: Devices,
        venues: VenueDirectory,
        clock: Clock,
    ) -> None:
        self._gathering = gathering
        self._leases = leases
        self._entry_keys = entry_keys
        self._pack_keys = pack_keys
        self._devices = devices
        self._venues = venues
        self._clock = clock

    async def issue(self, wish: PackWish) -> IssuedPack:
        """Return the pack of a gate; it knows all that was kept when it was asked for.

        Raises GateUnknown, PackDayRefused, TooBusy or DatabaseUnavailable.
        """
        venue, gate = await self._venues.get_gate_for(wish.actor, wish.gate_id)
        day = VenueDay(venue_id=venue.id, day=pack_day(wish.day, self._clock.now()))
        facts = await self._gathering.facts_of(day)
        pack = await self._pack(wish, gate, facts)
        signing, keys = self._pack_keys.keyring, self._entry_keys.keyring
        states = [(kid, key.state) for kid, key in sorted(keys.verify_keys.items())]
        tag = tag_of(facts, gate, pack.device_id, pack.leases, signing.active.kid, states)
        if is_device(wish.actor):
            await self._devices.note_seen(wish.actor.id, pack_at=facts.gathered_at)
        if tag in wish.known:
            return IssuedPack(content=None, tag=tag)
        return IssuedPack(content=await asyncio.to_thread(sign_gate_pack, pack, signing), tag=tag)

    async def _pack(self, wish: PackWish, gate: Gate, facts: VenueDayFacts) -> GatePack:
        leases = await self._leases.open_of(gate.id, wish.actor.id, facts.day)
        return GatePack(
            kid=self._pack_keys.keyring.active.kid,
            venue_id=facts.venue_id,
            gate_id=gate.id,
            gate_use=PackGateUse(gate.use),
            device_id=wish.actor.id if is_device(wish.actor) else None,
            day=facts.day,
            issued_at=facts.gathered_at,
            expires_at=facts.expires_at,
            venue_day_key=self._entry_keys.venue_day_key(venue_tag(facts.venue_id), facts.day),
            keys=self._entry_keys.keyring,
            opens_before=ENTRY_OPENS_BEFORE,
            closes_after=ENTRY_CLOSES_AFTER,
            ceiling=facts.ceiling,
            inside=facts.inside,
            slots=facts.slots,
            leases=tuple(pack_lease(one) for one in leases),
            **vars(facts.parties),
        )
