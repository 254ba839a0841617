"""Tables of outlets: what was sent, and what became of each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.common.errors import FieldError
from services.identity.model import Actor, Role, Scope


class OutletTableState(StrEnum):
    """What has become of a table: REFUSED means that nothing was recorded, because some rows are wrong."""

    IN_PROGRESS = "in_progress"
    DONE = "done"
    REFUSED = "refused"


class OnFault(StrEnum):
    """What wrong rows mean for the others."""

    REFUSE = "refuse"
    PROCEED = "proceed"


@dataclass(frozen=True, kw_only=True)
class OutletTable:
    """One table that an account sent. `scopes` are the account's of that time.

    `total`, `added`, `changed`, `unchanged` and `refused` count rows; of `faults` the first thousand are kept. `pieces`
    says in how many pieces the rows wait; `job_id` names the job that works on them.
    """

    id: str
    account_id: str
    role: Role
    scopes: tuple[Scope, ...]
    seen_by: tuple[str, ...]
    on_error: OnFault
    state: OutletTableState
    total: int
    added: int
    changed: int
    unchanged: int
    refused: int
    faults: tuple[FieldError, ...]
    pieces: int
    job_id: str
    created_at: datetime

    @property
    def actor(self) -> Actor:
        """Return whoever sent it, as of that time."""
        return Actor(id=self.account_id, role=self.role, scopes=self.scopes, session_id="")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was found about a piece, or what came of it: the rows that are wrong, and how many did what."""

    rows: tuple[int, ...] = ()
    faults: tuple[FieldError, ...] = ()
    added: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, kw_only=True)
class TablePiece:
    """Rows of a table as `services.patrols.outlets.tables.rows` made them, and their outcome until now."""

    rows: Sequence[Mapping[str, Any]] = field(repr=False)
    outcome: Outcome
