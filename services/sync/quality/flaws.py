"""What is wrong with the quality of one record: pure, and decided at its delivery, while its contents are at hand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.sync.model import RecordKind
from services.sync.quality.model import Dimension
from services.sync.quality.rules import RULES
from services.sync.standard.model import RecordSchema
from services.sync.standard.references import referred_kinds

MISSING, RULE, UNRESOLVED = "missing:", "rule:", "unresolved:"
LATE = "late"
NOT_BY_STANDARD = "standard"


def flaws_of(data: Mapping[str, Any], schema: RecordSchema) -> tuple[str, ...]:
    """Return the flaws of a record that follows its schema, such as `missing:licence`; each of them once.

    `missing:` names an expected property that is not known, `rule:` a rule between properties that does not hold.
    """
    missing = [f"{MISSING}{name}" for name in schema.expected if data.get(name) is None]
    broken = [f"{RULE}{rule.name}" for rule in RULES.get(schema.kind, ()) if not rule.holds(data)]
    return (*missing, *broken)


def is_late(changed_at: datetime, delivered_at: datetime, objective: timedelta) -> bool:
    """Tell whether a record took longer to its recipient than it should."""
    return delivered_at - changed_at > objective


def dimension_of(rule: str) -> Dimension:
    """Return which quality a flaw is one of."""
    if rule == NOT_BY_STANDARD:
        return Dimension.VALID
    if rule == LATE:
        return Dimension.TIMELY
    return Dimension.COMPLETE if rule.startswith(MISSING) else Dimension.CONSISTENT


def possible_flaws(schema: RecordSchema) -> tuple[str, ...]:
    """Return all flaws that a record of this kind may have."""
    return (
        NOT_BY_STANDARD,
        *(f"{MISSING}{name}" for name in schema.expected),
        LATE,
        *(f"{RULE}{rule.name}" for rule in RULES.get(schema.kind, ())),
        *(f"{UNRESOLVED}{kind}" for kind in referred_kinds(schema)),
    )


def unresolved(reference: str) -> str:
    """Return the flaw of naming a record that nobody knows; `reference` is `kind:id`."""
    return f"{UNRESOLVED}{RecordKind(reference.partition(':')[0])}"
