"""What goes on in a process beside its requests."""

from typing import Protocol


class Background(Protocol):
    """Work that goes on beside the requests."""

    async def run(self) -> None:
        """Work until cancelled."""
