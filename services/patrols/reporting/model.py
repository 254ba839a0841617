"""What a record is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.patrols.model import NOBODY, THE_SERVICE


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is told of a thing: `data` as its kind's schema in docs/standard has it, and when the thing was made.

    `code` is the GB/T 2260 code that it is counted under, None for that of the city.
    """

    made_at: datetime
    code: str | None
    data: Mapping[str, Any]


def person(account_id: str | None) -> str | None:
    """Return the account of a person, which leaves as a pseudonym; None where no account did it."""
    return None if account_id in {None, NOBODY, THE_SERVICE} else account_id
