"""Admissions as records of the data standard."""

from datetime import datetime

from services.admissions.model import Scan
from services.common.clock import city_day
from services.sync.model import RecordKind
from services.sync.records import Record


def admission_record(scan: Scan, district_id: str, undone_at: datetime | None) -> Record:
    """Return an admitted scan: to the day, since an instant at a gate can be compared with a camera's.

    What was undone once stays so: that is the second version of the record, and the last.
    """
    day = city_day(scan.scanned_at)
    return Record(
        kind=RecordKind.ADMISSION,
        id=scan.id,
        version=1 if undone_at is None else 2,
        district_id=district_id,
        day=day,
        changed_at=undone_at or scan.scanned_at,
        data={
            "id": scan.id,
            "reservation_id": scan.reservation_id,
            "venue_id": scan.venue_id,
            "gate_id": scan.gate_id,
            "admitted_on": day.isoformat(),
            "count": scan.admitted_now,
            "undone_on": None if undone_at is None else city_day(undone_at).isoformat(),
        },
    )
