"""Rating a visit, once; and looking at one's own rating."""

import secrets
from dataclasses import dataclass
from datetime import date

from services.common.clock import Clock, city_day
from services.common.idempotency import IdempotencyKeyReused
from services.common.model import IdempotentRequest
from services.common.protection import KeyedDigest
from services.ratings.errors import AlreadyRated, RatingUnknown
from services.ratings.model import RateVisit, Rating, Ticket
from services.ratings.ports import Entries, OwnReservations, RatingStore, Workdays
from services.ratings.rules import (
    PUT_RIGHT_WITHIN_WORKDAYS,
    due_on,
    ensure_fitting,
    ensure_ratable,
    is_bad,
    masked_words,
    new_ticket,
)
from services.reservations.model import Reservation
from services.venues.directory import VenueDirectory
from services.venues.scopes import covering, scope_name

PREFIX = "rtg"


@dataclass(frozen=True, kw_only=True)
class RatingVisits:
    """Takes ratings. A bad one is to be `put_right_within` so many working days."""

    store: RatingStore
    reservations: OwnReservations
    entries: Entries
    venues: VenueDirectory
    digest: KeyedDigest
    clock: Clock
    workdays: Workdays
    put_right_within: int = PUT_RIGHT_WITHIN_WORKDAYS

    async def rate(self, command: RateVisit) -> Rating:
        """Keep a rating; the same request again returns the first answer.

        Raises ReservationUnknown, TagsRefused, NotVisited, RatingTooLate, AlreadyRated, IdempotencyKeyReused.
        """
        ensure_fitting(command.level, command.tags)
        reservation = await self.reservations.get_own(command.reservation_id, command.citizen_id)
        admitted = await self.entries.admitted_count(reservation)
        ensure_ratable(admitted, reservation.ends_at, self.clock.now())
        rating = await self._rating(command, reservation)
        first = await self.store.claim(rating)
        if first.origin != rating.origin:
            raise _refusal(command.request, first)
        return first

    async def get_own(self, reservation_id: str, citizen_id: str) -> Rating:
        """Return what the citizen said of a visit; raises ReservationUnknown, RatingUnknown."""
        await self.reservations.get_own(reservation_id, citizen_id)
        rating = await self.store.find(self._id_of(reservation_id))
        if rating is None:
            raise RatingUnknown
        return rating

    def _id_of(self, reservation_id: str) -> str:
        return f"{PREFIX}_{self.digest.of('rating', reservation_id)}"

    async def _rating(self, command: RateVisit, reservation: Reservation) -> Rating:
        venue = await self.venues.get(reservation.venue_id)
        today = city_day(self.clock.now())
        return Rating(
            id=self._id_of(reservation.id),
            venue_id=venue.id,
            seen_by=tuple(scope_name(scope) for scope in covering(venue.owner)),
            visit_on=city_day(reservation.starts_at),
            rated_on=today,
            level=command.level,
            tags=command.tags,
            words=masked_words(command.words),
            origin=secrets.token_hex(16) if command.request is None else _origin(command.request),
            version=1,
            answer=None,
            ticket=await self._ticket(today) if is_bad(command.level) else None,
        )

    async def _ticket(self, today: date) -> Ticket:
        return new_ticket(due_on(today, self.put_right_within, await self.workdays.known()))


def _origin(request: IdempotentRequest) -> str:
    return f"{request.id}:{request.fingerprint}"


def _refusal(request: IdempotentRequest | None, first: Rating) -> AlreadyRated | IdempotencyKeyReused:
    """Return why there is no second rating: under the same key, it is another content that came first."""
    if request is not None and first.origin.startswith(f"{request.id}:"):
        return IdempotencyKeyReused()
    return AlreadyRated()
