"""What was asked for on the command line."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Extent(StrEnum):
    """How much work a round is: the usual, or a tenth of it, which is too little to judge anything by."""

    USUAL = "usual"
    QUICK = "quick"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How many rounds, with how many server processes where several are compared with one, and how much work."""

    rounds: int
    processes: int
    extent: Extent
    points: Path | None
