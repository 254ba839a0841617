"""Why something of the main system is not taken, and refusals about conflicts."""

from services.common.errors import FieldError, NotFound
from services.sync.standard.model import Flaw


class ConflictUnknown(NotFound):
    """No such conflict; or it was so long ago that it is forgotten."""

    code = "sync_conflict_not_found"
    title = "No such conflict"


class NotTaken(Exception):
    """A domain cannot take what the main system says; `flaws` tell where and by which rule."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__(", ".join(f"{flaw.path}: {flaw.rule}" for flaw in flaws))
        self.flaws = flaws


class Outdated(Exception):
    """Somebody was quicker: read again and decide again."""


class HistoryLost(Exception):
    """The main system does not know where we were: what happened since is found by comparing all."""


class StreamsRefused(Exception):
    """The main system has no change streams, or not for us."""


def not_taken(code: str, errors: tuple[FieldError, ...], path: str = "$") -> NotTaken:
    """Return the refusal of a domain as flaws: of each field, or else of `path`."""
    return (
        NotTaken(*(Flaw(path=one.path, rule=one.code) for one in errors))
        if errors
        else NotTaken(Flaw(path=path, rule=code))
    )
