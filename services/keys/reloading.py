"""Reloading: a process that runs takes new keys from the database, within two seconds and without a restart."""

import asyncio
from contextlib import suppress

from services.common.errors import Unavailable
from services.keys.book import KeyBook
from services.keys.errors import MasterKeyMismatch
from services.keys.ports import KeptKeys, KeyNews

# A new key signs from the second look on (see KeyBook): two looks must fit into two seconds.
LOOK_EVERY_S = 0.75


class KeyReloading:
    """Looks in the background, by one small query; while the database is away, the keys stay as they are."""

    def __init__(self, *, store: KeptKeys, book: KeyBook, news: KeyNews) -> None:
        self._store = store
        self._book = book
        self._news = news
        self._told = ""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(Unavailable):
                await self.look()

    async def look(self) -> None:
        """Turn the book to what the database has; raises DatabaseUnavailable."""
        if self._book.is_settled() and await self._store.states() == self._book.keys.states():
            return
        try:
            keys = await self._store.load()
            self._book.turn_to(keys)
        except (MasterKeyMismatch, ValueError) as error:
            self._tell_once(error)
        else:
            self._told = ""
            self._news.turned(keys)

    def _tell_once(self, error: Exception) -> None:
        if str(error) != self._told:
            self._told = str(error)
            self._news.unreadable(error)
