"""What tests of operating share: records by the standard, and nobody who listens."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.patrols.reporting.register import site_status
from services.sync.model import OutboxEvent, RecordKind, RecordRef
from services.sync.records import Record
from services.sync.relay.model import DeadLetter
from tests.patrols import make_status

FIRST_DAY = date(2026, 11, 1)


def status_records(many: int) -> list[Record]:
    """Return so many states of outlets, three of each day."""
    return [_record(FIRST_DAY + timedelta(days=number // 3)) for number in range(many)]


def _record(day: date) -> Record:
    status = make_status()
    told = site_status(status)
    return Record(
        kind=RecordKind.SITE_STATUS,
        id=status.id,
        version=1,
        district_id="310101",
        day=day,
        changed_at=told.made_at,
        data=told.data,
    )


class QuietWatch:
    """Hears everything and says nothing."""

    def target_away(self, reason: str) -> None: ...

    def target_back(self) -> None: ...

    def died(self, letters: Sequence[DeadLetter]) -> None: ...

    def defect(self, ref: RecordRef, error: Exception) -> None: ...

    def late(self, lag_s: float) -> None: ...


class QuietTelling:
    """Tells nobody."""

    async def tell(self, events: Sequence[OutboxEvent]) -> None: ...
