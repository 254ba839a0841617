"""Drafting reservations: a party becomes what is kept of it, its venue's demands are met, its limits are named."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.common.clock import Clock, IdSource, city_day
from services.common.protection import FieldCipher, KeyedDigest
from services.policies.directory import PolicyDirectory
from services.policies.model import VisitPolicy
from services.policies.rules import ensure_minors_accompanied, ensure_released
from services.reservations.model import ProtectedVisitor, Reservation, ReservationStatus, Slot, Visitor
from services.reservations.rules import age_of, ensure_party, normal_number, write_identity
from services.venues.directory import VenueDirectory
from services.venues.model import Channel


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Who wants places, and in which channel; `party_size` counts more than `visitors` where not all are named."""

    citizen_id: str
    visitors: tuple[Visitor, ...]
    contact_phone: str | None = field(repr=False)
    channel: Channel = Channel.INDIVIDUAL
    status: ReservationStatus = ReservationStatus.BOOKED


class Drafting:
    """Makes reservations that have no places yet."""

    def __init__(
        self,
        *,
        venues: VenueDirectory,
        policies: PolicyDirectory,
        cipher: FieldCipher,
        digest: KeyedDigest,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._venues = venues
        self._policies = policies
        self._cipher = cipher
        self._digest = digest
        self._clock = clock
        self._ids = ids

    async def ensure_welcome(self, slot: Slot, visitors: Sequence[Visitor]) -> VisitPolicy:
        """Return what the venue demands; raises PartyRefused, MinorsUnaccompanied and NotReleased unless it is met."""
        policy = await self.ensure_party(slot, visitors)
        ensure_released(policy, slot.starts_at, self._clock.now())
        return policy

    async def ensure_party(self, slot: Slot, visitors: Sequence[Visitor]) -> VisitPolicy:
        """Do the same, whether booking has begun for the public or not."""
        venue = await self._venues.get(slot.venue_id)
        policy = await self._policies.get(slot.venue_id)
        ensure_party(visitors, policy.max_party_size or venue.max_party_size)
        if policy.minors_under is not None:
            ensure_minors_accompanied(policy, [age_of(one) for one in visitors], city_day(slot.starts_at))
        return policy

    async def reservation(self, slot: Slot, wish: Wish) -> Reservation:
        """Return the party's reservation in the slot; personal values are ciphertexts from here on."""
        phone = wish.contact_phone
        return Reservation(
            id=self._ids.new("rsv"),
            citizen_id=wish.citizen_id,
            venue_id=slot.venue_id,
            slot_id=slot.id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            last_entry_at=slot.last_entry_at,
            party_size=len(wish.visitors),
            status=wish.status,
            created_at=self._clock.now(),
            cancelled_at=None,
            visitors=await self.protect(wish.visitors),
            contact_phone=None if phone is None else await self._cipher.encrypt(phone),
            channel=wish.channel,
        )

    async def protect(self, visitors: Sequence[Visitor]) -> tuple[ProtectedVisitor, ...]:
        """Return the people as they are kept."""
        return tuple([await self._protect(visitor) for visitor in visitors])

    async def _protect(self, visitor: Visitor) -> ProtectedVisitor:
        number = normal_number(visitor)
        return ProtectedVisitor(
            identity=await self._cipher.encrypt(write_identity(visitor.name, number)),
            id_type=visitor.id_type,
            document_digest=self._digest.of("document", visitor.id_type, number),
        )
