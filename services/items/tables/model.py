"""Tables of things to register: what was sent, and what became of each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.common.errors import FieldError
from services.identity.model import Scope


class TableState(StrEnum):
    """What has become of a table: REFUSED means that nothing was recorded, because some rows are wrong."""

    IN_PROGRESS = "in_progress"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class ItemTable:
    """One table that an account sent; the same file again, for the same type, has the same `id`.

    `total`, `recorded` and `refused` count rows; of `faults` the first thousand are kept. With `proceed` good rows are
    recorded although others are refused. `scopes` and `home` are the account's of that time. `pieces` says in how many
    pieces the rows wait; `job_id` names the job that works on them.
    """

    id: str
    type_id: str
    account_id: str
    scopes: tuple[str, ...]
    home: Scope
    seen_by: tuple[str, ...]
    proceed: bool
    state: TableState
    total: int
    recorded: int
    refused: int
    faults: tuple[FieldError, ...]
    pieces: int
    job_id: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What is wrong with rows of a piece: their numbers, and the faults."""

    rows: frozenset[int] = frozenset()
    faults: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TablePiece:
    """Rows of a table as `services.items.tables.rows` made them, and what was found about them until now."""

    rows: Sequence[Mapping[str, Any]]
    findings: Findings
