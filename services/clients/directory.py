"""Clients as they stand now, or stood a moment ago: each request of one asks for it."""

from collections import OrderedDict
from datetime import datetime, timedelta

from services.clients.model import Client
from services.clients.ports import ClientStore
from services.common.clock import Clock

# A suspended client is refused everywhere after that; by the process that suspended it, at once.
KNOWN_FOR = timedelta(seconds=2)
MOST_KNOWN = 1000


class ClientDirectory:
    """Remembers clients for KNOWN_FOR."""

    def __init__(self, *, store: ClientStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: OrderedDict[str, tuple[datetime, Client | None]] = OrderedDict()

    async def find(self, client_id: str) -> Client | None:
        """Return the client as it was at most KNOWN_FOR ago."""
        now = self._clock.now()
        read_at, client = self._known.get(client_id, (None, None))
        if read_at is not None and read_at <= now < read_at + KNOWN_FOR:
            return client
        return await self.look(client_id)

    async def look(self, client_id: str) -> Client | None:
        """Return the client as it is now."""
        now = self._clock.now()
        client = await self._store.find(client_id)
        self._known[client_id] = (now, client)
        self._known.move_to_end(client_id)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return client

    def forget(self, client_id: str) -> None:
        """Look the client up anew next time."""
        self._known.pop(client_id, None)
