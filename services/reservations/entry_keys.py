"""The keys behind entry codes, in the shape that `qr` takes them."""

from datetime import date

from qr import gate_keys
from services.keys.book import CodeKeys, KeyBook
from services.keys.model import KeyPurpose


class EntryKeys(CodeKeys):
    """Signs passes and derives the keys of venues and days."""

    def __init__(self, book: KeyBook) -> None:
        super().__init__(book, KeyPurpose.ENTRY_SIGNING)
        self._gate_master = book.keys.active(KeyPurpose.GATE_MASTER).secret

    def venue_day_key(self, venue_tag: bytes, day: date) -> bytes:
        """Return the key that the gates of one venue hold on one day."""
        return gate_keys.venue_day_key(self._gate_master, venue_tag, day)
