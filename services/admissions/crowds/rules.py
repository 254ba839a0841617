"""Decisions about crowds, free of input and output."""

from collections.abc import Sequence
from datetime import datetime

from services.admissions.batch import VenueDay
from services.admissions.ceilings.model import GatePolicy
from services.admissions.crowds.model import CrowdAlert, CrowdChange, CrowdStanding

# A level that was reached is left this far below it, so that a queue at the gate does not ring with each visitor: so
# many percent of the ceiling, and at least so many people.
SLACK_PERCENT = 5
SLACK_PEOPLE = 2


def level_now(before: int, inside: int, ceiling: int, alert_at: Sequence[int]) -> int:
    """Return the highest level that is reached, or was and is not left yet; 0 below all."""
    slack = max(SLACK_PERCENT * ceiling, SLACK_PEOPLE * 100)
    reached = [level for level in alert_at if inside * 100 >= level * ceiling]
    kept = [level for level in alert_at if level <= before and inside * 100 > level * ceiling - slack]
    return max((0, *reached, *kept))


def find_alert(
    policy: GatePolicy, of: VenueDay, inside: int, standing: CrowdStanding, now: datetime
) -> CrowdAlert | None:
    """Return what there is to tell of a venue, or None while it stands where it stood."""
    if policy.ceiling is None:
        return None
    level = level_now(standing.level, inside, policy.ceiling, policy.alert_at)
    if level == standing.level:
        return None
    return CrowdAlert(
        of=of,
        number=standing.alerts + 1,
        level=level,
        change=CrowdChange.RISING if level > standing.level else CrowdChange.EASING,
        inside=max(0, inside),
        ceiling=policy.ceiling,
        noticed_at=now,
    )
