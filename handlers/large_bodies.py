"""Large bodies: who sends one is looked at before it is read, and its bytes need room as they arrive."""

from collections.abc import Awaitable
from typing import Any

from handlers.operation import ANSWER_WITHIN_S, ApiHandler, Operation
from services.common.deadlines import deadline
from services.common.errors import DomainError, TooBusy
from services.photos.room import Room


class LargeBodyHandler(ApiHandler):
    """The base of every path that takes large bodies, in the room of staff.

    Whoever is turned away, or finds no room, is told so when the body has been read and dropped, because a client that
    is still sending would not hear it.
    """

    _let_in = False
    _turned_away: DomainError | None = None
    _taken = 0
    _is_over = False

    @property
    def room(self) -> Room:
        """Where the bytes of the body are counted."""
        return self.services.patrols.photos.room

    async def come_in(self) -> None:
        """Let whoever asks in before the body is read; raises what turns them away."""
        declared: Operation = self.post.operation  # type: ignore[attr-defined]  # each `post` is an operation, or a page
        await super().let_in(declared)

    async def prepare(self) -> None:  # type: ignore[override]  # Tornado awaits it
        """Look who comes."""
        super().prepare()
        if self._finished:
            return
        if self.request.method != "POST":
            self.max_body_bytes = 0
            return
        try:
            with deadline(ANSWER_WITHIN_S):
                await self.come_in()
        except DomainError as refusal:
            self._turn_away(refusal)
        else:
            self._let_in = True

    async def let_in(self, declared: Operation) -> None:
        """Pass whoever has come in; raises what turned them away, or that there was no room."""
        self.ensure_in()
        if not self._let_in:
            await super().let_in(declared)

    def ensure_in(self) -> None:
        """Raise what turned this request away, if something did."""
        if self._turned_away is not None:
            raise self._turned_away

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:  # type: ignore[override]  # Tornado awaits it
        """Gather the body, or drop it."""
        super().data_received(chunk)
        if self._too_large:
            self._give_back_room()
            return None
        wanted = self.room_wanted(self._received_bytes) - self._taken
        return self._take_room(wanted) if wanted > 0 else None

    def room_wanted(self, arrived: int) -> int:
        """Return the bytes of room for a body of which so many bytes are here.

        All of it with the first byte: where every upload had the half of its room, all would wait for each other.
        """
        length = self.request.headers.get("Content-Length", "")
        announced = int(length[:12]) if length.isascii() and length.isdigit() else self.max_body_bytes
        return max(arrived, min(announced, self.max_body_bytes))

    async def _take_room(self, wanted: int) -> None:
        try:
            await self.room.take(wanted)
        except TooBusy as refusal:
            self._turn_away(refusal)
            return
        self._taken += wanted
        if self._is_over:  # it broke off while it waited
            self._give_back_room()

    def _turn_away(self, refusal: DomainError) -> None:
        self._turned_away, self.max_body_bytes = refusal, 0
        self._give_back_room()

    def _give_back_room(self) -> None:
        self._received.clear()
        self.room.give_back(self._taken)
        self._taken = 0

    async def _execute(self, *arguments: Any, **more: Any) -> None:
        """Give the room back, however the request ends: Tornado tells nobody of a body that breaks off."""
        try:
            await super()._execute(*arguments, **more)
        finally:
            self._is_over = True
            self._give_back_room()


class PublicBodyHandler(LargeBodyHandler):
    """The same for whoever has no account, in a room of their own: they may crowd each other and never the staff."""

    @property
    def room(self) -> Room:
        """Where the bytes of the body are counted."""
        return self.services.patrols.photos.public_room

    def room_wanted(self, arrived: int) -> int:
        """Return the bytes of room for a body: none for what is only announced."""
        return arrived
