"""Counts the records of one kind, batch by batch, in a bounded memory."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from services.sync.quality.flaws import LATE, NOT_BY_STANDARD, dimension_of, is_late, possible_flaws, unresolved
from services.sync.quality.model import Dimension, Mark, Measured, Offender, RefusedRecord
from services.sync.standard.model import RecordSchema

MOST_OFFENDERS = 200


class Count:
    """What is counted so far; offenders are named in equal shares for each rule, so that no rule hides another."""

    def __init__(self, schema: RecordSchema, refused: Iterable[RefusedRecord], objective: timedelta) -> None:
        self._schema = schema
        self._objective = objective
        self._share = MOST_OFFENDERS // len(possible_flaws(schema))
        self._delivered = 0
        self._lacking: Counter[Dimension] = Counter()
        self._broken: Counter[str] = Counter()
        self._offenders: list[Offender] = []
        self._refused = {one.source_id for one in refused}
        self._undelivered = set(self._refused)
        for one in refused:
            self._note(one.source_id, NOT_BY_STANDARD, one.since)
        self._lacking[Dimension.VALID] = len(self._refused)

    def add(self, marks: Sequence[Mark], unknown: Collection[str]) -> None:
        """Count marks; `unknown` are those of the records they name that nobody knows."""
        for mark in marks:
            self._delivered += 1
            self._undelivered.discard(mark.source_id)
            flaws = [flaw for flaw in mark.flaws if flaw != LATE]
            flaws += dict.fromkeys(unresolved(one) for one in mark.references if one in unknown)
            if is_late(mark.changed_at, mark.delivered_at, self._objective):
                flaws.append(LATE)
            self._lacking.update({dimension_of(flaw) for flaw in flaws})
            for flaw in flaws:
                self._note(mark.source_id, flaw, mark.changed_at)

    def _note(self, source_id: str, rule: str, since: datetime) -> None:
        self._broken[rule] += 1
        if self._broken[rule] <= self._share:
            self._offenders.append(Offender(id=source_id, rule=rule, since=since))

    def measured(self, now: datetime) -> Measured:
        """Return what was counted."""
        counted = self._delivered + len(self._undelivered)
        among = dict.fromkeys(Dimension, self._delivered) | {Dimension.VALID: counted}
        return Measured(
            kind=self._schema.kind,
            counted=counted,
            delivered=self._delivered,
            kept={one: among[one] - self._lacking[one] for one in Dimension},
            broken=dict(sorted(self._broken.items())),
            offenders=tuple(sorted(self._offenders, key=lambda one: (one.rule, one.id))),
            measured_at=now,
        )
