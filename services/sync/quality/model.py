"""What quality is measured in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.sync.model import RecordKind


class Dimension(StrEnum):
    """What is asked of records; docs/standard/quality.md says how each is counted (after GB/T 36344-2018)."""

    VALID = "valid"
    COMPLETE = "complete"
    TIMELY = "timely"
    CONSISTENT = "consistent"


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A record that was delivered, as far as its quality goes.

    `flaws` are what it lacked at its delivery; `references` are the marks, as `kind:id`, of the records that it names.
    """

    id: str
    source_id: str
    changed_at: datetime
    delivered_at: datetime
    flaws: tuple[str, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RefusedRecord:
    """A record that does not follow the standard and was not delivered at its present version, since when."""

    source_id: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Offender:
    """A record that breaks a rule: our id of it, and since when it is so."""

    id: str
    rule: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The quality of a kind at `measured_at`, in records.

    `counted` are all, `delivered` those that the recipient has. `kept` tells how many of them have each quality: VALID
    of all, the others of the delivered ones. `broken` counts by rule, and `offenders` names some for each.
    """

    kind: RecordKind
    counted: int
    delivered: int
    kept: Mapping[Dimension, int]
    broken: Mapping[str, int]
    offenders: Sequence[Offender]
    measured_at: datetime

    def score(self, dimension: Dimension) -> float | None:
        """Return 0 to 100 with one decimal, rounded down: only what is flawless has 100. None without records."""
        among = self.counted if dimension is Dimension.VALID else self.delivered
        return None if among == 0 else self.kept[dimension] * 1000 // among / 10

    @property
    def total(self) -> float | None:
        """Return the mean of the scores, which all weigh the same, rounded down; None without records."""
        scores = [score for score in map(self.score, Dimension) if score is not None]
        return int(sum(round(score * 10) for score in scores) / len(scores)) / 10 if scores else None
