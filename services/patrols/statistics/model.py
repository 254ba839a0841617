"""Figures of a stretch of days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.patrols.checkins.model import CheckInState
from services.patrols.checklists.model import Severity


@dataclass(frozen=True, kw_only=True)
class Visit:
    """As much of a check-in as figures need."""

    id: str
    site_id: str
    district_id: str
    state: CheckInState
    captured_at: datetime


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Findings counted: `open` are neither closed nor withdrawn, `overdue` those of them whose deadline has passed.

    `repeats` came back within a year. The days to close count from the finding to its closing; None where none closed.
    """

    found: int
    closed: int
    open: int
    overdue: int
    escalated: int
    withdrawn: int
    repeats: int
    median_days_to_close: float | None
    slowest_tenth_days: float | None


@dataclass(frozen=True, kw_only=True)
class DistrictFigures:
    """One district: its sites, how many of them were visited, by how many check-ins, and what was found there.

    The names are empty where the directory has no such district.
    """

    district_id: str
    district_name: str
    district_name_en: str
    sites: int
    visited: int
    check_ins: int
    in_review: int
    findings: Tally


@dataclass(frozen=True, kw_only=True)
class KindFigures:
    """One kind of finding: a question of a checklist."""

    template_id: str
    question_id: str
    title: str
    title_en: str
    severity: Severity
    findings: Tally


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All figures from one day to another, both included, as of `made_at`; kinds with the most findings come first."""

    from_on: date
    to_on: date
    made_at: datetime
    total: Tally
    districts: Sequence[DistrictFigures]
    kinds: Sequence[KindFigures]


@dataclass(frozen=True, kw_only=True)
class FigureSheet:
    """Figures from one day to another, both included, as an .xlsx file."""

    from_on: date
    to_on: date
    content: bytes
