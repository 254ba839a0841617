"""What has become of an approved group's reservation: a venue that closes a slot moves it to another, or cancels it.

Planning knows nothing of applications, so they look for themselves: whoever reads one sees it as it is now, and the
worker writes it down, so that lists show the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.stretches import stretches
from services.reservations.groups.model import Application, ApplicationStatus
from services.reservations.groups.ports import Parties
from services.reservations.groups.rules import followed
from services.reservations.model import Reservation
from services.reservations.ports import ReservationStore

# More than any venue moves one group between two looks; the next look goes on from there.
MOST_MOVES = 20


@dataclass(frozen=True, kw_only=True)
class Following:
    """Follows reservations to where they were moved; writes nothing."""

    reservations: ReservationStore
    parties: Parties

    async def present(self, application: Application) -> Application:
        """Return the application with its reservation as it is now; the same one when nothing has become of it."""
        if application.status is not ApplicationStatus.APPROVED:
            return application
        now = application
        for _ in range(MOST_MOVES):
            found = await self.reservations.find(str(now.reservation_id), application.citizen_id)
            now = now if found is None else followed(now, found)
            if found is None or found.rescheduled_to is None:
                break
        return now

    async def changed(self, approved: Sequence[Application]) -> Sequence[tuple[Application, Application]]:
        """Return those of which something has become, each as it is written and as it is now."""
        parties: dict[str, Reservation] = {}
        for ids in stretches([str(one.reservation_id) for one in approved]):
            parties |= {one.id: one for one in await self.parties.several(ids)}
        found = [one for one in approved if _has_changed(one, parties)]
        return [(one, await self.present(one)) for one in found]


def _has_changed(application: Application, parties: dict[str, Reservation]) -> bool:
    reservation = parties.get(str(application.reservation_id))
    return reservation is not None and followed(application, reservation) != application
