"""Puts together what is about patrols."""

from handlers.patrol_context import PatrolServices
from server.patrols.parts import PatrolParts


def build_patrols(parts: PatrolParts) -> PatrolServices:  # noqa: ARG001
    """Put the services together."""
    return PatrolServices()
