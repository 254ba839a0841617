"""Papers of patrols, plates and notices: what draws them takes too long for the process that answers requests."""

from typing import Any, Protocol


class Papers(Protocol):
    """Whoever draws papers without holding up this process."""

    async def draw(self, order: Any) -> bytes:
        """Return the file of an order, a dataclass of the room whose paper it is.

        Raises PapersUnavailable or TooBusy.
        """
