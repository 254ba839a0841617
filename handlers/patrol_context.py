"""What handlers may ask of patrols."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PatrolServices:
    """Everything about patrols that a handler may reach."""
