"""What came from the main system and did not fit, as the follower writes it down."""

from datetime import UTC, datetime, timedelta

from services.sync.inbound.model import Cause, Conflict, FieldOwner, FieldPair, ReferenceKind, RefusedReference
from services.sync.standard.model import Flaw
from tests.factories import new_id

NOW = datetime.now(UTC).replace(microsecond=0)


def conflict(age: timedelta) -> Conflict:
    return Conflict(
        id=new_id("cfl"),
        kind=ReferenceKind.OUTLET,
        key="outlet-204",
        local_id=new_id("otl"),
        cause=Cause.OURS_DIFFERS,
        winner=FieldOwner.HERE,
        fields=(FieldPair(name="position", here='{"lng": 121.4}', there=None),),
        here_version=3,
        there_version=8,
        seen_at=NOW - age,
    )


def refusal(number: int, age: timedelta) -> RefusedReference:
    return RefusedReference(
        id=f"outlet:o-{number}",
        kind=ReferenceKind.OUTLET,
        key=f"o-{number}",
        version=None,
        flaws=(Flaw(path="data.uscc", rule="uscc_invalid"),),
        first_seen_at=NOW - age,
        seen_at=NOW,
    )
