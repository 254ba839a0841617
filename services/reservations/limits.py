"""How many bookings for one day an account and a document may have at a venue; free of input and output."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.common.clock import city_day
from services.common.protection import KeyedDigest
from services.policies.model import VisitPolicy
from services.reservations.changes import DayLimit, DayLimitKind
from services.reservations.model import Reservation
from services.venues.model import Channel

KEEP_COUNTS = timedelta(days=2)


class DayLimits:
    """Names the counters of a day; a counter stands for venue, day and person by a keyed digest alone."""

    def __init__(self, digest: KeyedDigest) -> None:
        self._digest = digest

    def counted(self, reservation: Reservation, policy: VisitPolicy) -> tuple[Reservation, tuple[DayLimit, ...]]:
        """Return the reservation with the counters that it raises, and what they may come to.

        The account counts where a citizen books for themselves and theirs; documents count whoever books.
        """
        limits: list[DayLimit] = []
        if policy.bookings_per_account_day is not None and reservation.channel is Channel.INDIVIDUAL:
            limits.append(self._limit(reservation, reservation.citizen_id, policy.bookings_per_account_day, None))
        if policy.bookings_per_document_day is not None:
            limits += self._of_documents(reservation, policy.bookings_per_document_day)
        return replace(reservation, day_counts=tuple(one.key for one in limits)), tuple(limits)

    def _of_documents(self, reservation: Reservation, most: int) -> Sequence[DayLimit]:
        return [
            self._limit(reservation, visitor.document_digest, most, index)
            for index, visitor in enumerate(reservation.visitors)
        ]

    def _limit(self, reservation: Reservation, who: str, most: int, index: int | None) -> DayLimit:
        day = city_day(reservation.starts_at).isoformat()
        kind = DayLimitKind.ACCOUNT if index is None else DayLimitKind.DOCUMENT
        return DayLimit(
            key=self._digest.of("day-count", kind, reservation.venue_id, day, who),
            most=most,
            kind=kind,
            index=index,
            expires_at=reservation.ends_at + KEEP_COUNTS,
        )
