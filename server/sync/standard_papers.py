"""What is shown of the data standard, put together once for a server process."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from handlers.standard_pages import dictionary_page, schema_text
from handlers.sync_context import StandardPapers
from server.sync.dictionary_book import sheets_of
from services.sync.standard.dictionary import Dictionary, dictionary_of
from services.tables.model import BookSheet


class Books(Protocol):
    """Who writes spreadsheets of several sheets."""

    async def write_book(self, sheets: Sequence[BookSheet]) -> bytes:
        """Return an .xlsx file; raises TooBusy or TablesUnavailable."""


class DictionaryBook:
    """The dictionary as .xlsx, written when it is first wanted."""

    def __init__(self, dictionary: Dictionary, books: Books) -> None:
        self._sheets = sheets_of(dictionary)
        self._books = books
        self._written: bytes | None = None

    async def content(self) -> bytes:
        """Return the file; raises TooBusy or TablesUnavailable."""
        if self._written is None:
            self._written = await self._books.write_book(self._sheets)
        return self._written


def build_papers(documents: Mapping[str, Mapping[str, Any]], books: Books) -> StandardPapers:
    """Return the papers of these schemas, which are given by the names of their files."""
    dictionary = dictionary_of(documents.values())
    return StandardPapers(
        page=dictionary_page(dictionary),
        schemas={name: schema_text(document) for name, document in documents.items()},
        book=DictionaryBook(dictionary, books).content,
    )
