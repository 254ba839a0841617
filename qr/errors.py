"""Why a code is refused: one class for each reason a gate can show."""

from typing import ClassVar


class CodeRefused(Exception):
    """A code that must not be believed; `reason` is the gate's word for it.

    Takes no arguments, so that nothing a stranger put into a code can reach a log or a reply.
    """

    reason: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.reason)


class MalformedCode(CodeRefused):
    """Not a code of ours, or not in its one canonical spelling."""

    reason = "malformed"


class UnknownKey(CodeRefused):
    """It names a signing key that the verifier has never heard of."""

    reason = "unknown_key"


class RevokedKey(CodeRefused):
    """It names a signing key that was withdrawn."""

    reason = "revoked"


class BadSignature(CodeRefused):
    """Its signature, or the proof of its rotation step, was not made with our keys."""

    reason = "bad_signature"


class StaleCode(CodeRefused):
    """It was genuine, but drawn at another time: a screenshot, or a clock that is wrong."""

    reason = "stale_code"


class WrongVenue(CodeRefused):
    """It is genuine, and opens another venue than the one that asks."""

    reason = "wrong_venue"


class PackExpired(Exception):
    """A gate's pack is past its time and decides nothing more; no verdict on a code, so no CodeRefused."""
