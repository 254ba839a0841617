"""The paths of patrols, below /api/v1."""

from handlers.base import BaseHandler

PATROL_ROUTES: tuple[tuple[str, type[BaseHandler]], ...] = ()
