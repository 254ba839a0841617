"""Owners as documents hold them: `level:id`."""

from services.identity.model import Scope, ScopeLevel


def read_scope(text: str) -> Scope:
    """Return the scope of `level:id`."""
    level, _, scope_id = text.partition(":")
    return Scope(level=ScopeLevel(level), id=scope_id)
