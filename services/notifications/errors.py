"""How sending fails."""

from dataclasses import dataclass
from enum import StrEnum


class SendOutcome(StrEnum):
    """What a failure means. Only after the last two may another try follow: then nothing was sent for certain.

    `later`: no message can be sent now. `kind_later`: none of this kind can, until an operator acts.
    """

    REFUSED = "refused"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    LATER = "later"
    KIND_LATER = "kind_later"


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """How long to rest after the first failure, and after many in a row, in seconds."""

    first_s: float
    longest_s: float


class SendFailed(Exception):
    """A message was not sent, or may not have been; `code` is the stable name of the reason."""

    def __init__(self, outcome: SendOutcome, code: str, backoff: Backoff | None = None) -> None:
        super().__init__(code)
        self.outcome = outcome
        self.code = code
        self.backoff = backoff or Backoff(first_s=2.0, longest_s=60.0)


class Unrenderable(Exception):
    """The call lacks a fact that its template wants, or holds one that cannot be read."""

    code = "fact_missing"


class TemplateUnusable(ValueError):
    """The text of a template in the settings cannot be used; the message is a sentence for an operator."""
