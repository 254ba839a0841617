"""The families of refusals; each domain's `errors` module holds the named leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One thing wrong with one field; `path` is a JSON path such as `visitors[0].id_number`.

    `values` are what the sentence in another language needs: bounds, or the choices there are.
    """

    path: str
    code: str
    detail: str
    values: tuple[str, ...] = ()


class DomainError(Exception):
    """A refusal with a stable machine `code` and a sentence for the person who meets it.

    Families below map to an HTTP status in `handlers/problems.py`; leaves set `code` and `title`.
    """

    code: ClassVar[str]
    title: ClassVar[str]

    def __init__(
        self,
        detail: str = "",
        *,
        errors: tuple[FieldError, ...] = (),
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors
        self.retry_after_s = retry_after_s

    @property
    def extra(self) -> Mapping[str, str | int]:
        """Further members of the problem reply that are safe to show; none by default."""
        return {}


class Malformed(DomainError):
    """The request cannot be understood: 400."""


class Unauthenticated(DomainError):
    """Nobody, or nobody any more, stands behind the request: 401."""


class Forbidden(DomainError):
    """The actor's role may not do this: 403."""


class NotFound(DomainError):
    """It does not exist, or not within the actor's scope: 404."""


class Conflict(DomainError):
    """It was possible once, or may be later, but not in the present state: 409."""


class Invalid(DomainError):
    """Understood, but a value breaks a rule: 422, with the path of each field."""


class TooMany(DomainError):
    """Too often: 429, with the seconds to wait."""


class Unavailable(DomainError):
    """Something we need is away: 503, with the seconds to wait."""


class TooBusy(Unavailable):
    """More callers wait for the same thing than can be served in time."""

    code = "too_busy"
    title = "Too many people want this at the same moment"


class DatabaseUnavailable(Unavailable):
    """The database did not answer in time; whether a write took effect is unknown."""

    code = "database_unavailable"
    title = "The database does not answer"
