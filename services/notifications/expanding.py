"""Expanding: calls become notices."""

from dataclasses import dataclass, field

from services.common.clock import Clock, IdSource
from services.common.errors import DatabaseUnavailable
from services.notifications.ports import CallStore, NoticeStore
from services.notifications.rules import notices_of
from services.notifications.windows import MOST, Window


@dataclass(kw_only=True)
class NoticeExpanding:
    """Looks for calls. Several processes at it do no harm: the same call makes notices of the same names.

    First the notices, then the call goes: whoever is killed in between leaves it to be found again.
    """

    calls: CallStore
    notices: NoticeStore
    clock: Clock
    ids: IdSource
    _window: Window | None = field(default=None, init=False)

    async def work_once(self) -> bool:
        """Expand what is found in one stretch of time; tell whether there may be more."""
        now = self.clock.now()
        self._window = self._window or Window(now)
        since, until = self._window.stretch(now)
        try:
            parcels = await self.calls.waiting(since, until, MOST)
            # One by one: a parcel may hold the calls of a whole day that a venue cancelled.
            for parcel in parcels:
                made = [one for call in parcel.calls for one in notices_of(call, now, lambda: self.ids.new("ntc"))]
                await self.notices.add_missing(made)
            await self.calls.remove([parcel.id for parcel in parcels])
        except DatabaseUnavailable:
            self._window.narrow()
            raise
        return self._window.looked(until, len(parcels), now)
