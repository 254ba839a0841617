"""How items are found by words: Chinese has no blanks, so by pairs of neighbouring characters."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

# The embedded database has no text index; an array of short pieces with an index is found by equality. Every piece
# costs an entry of the index whenever its item is written, so words are indexed by their beginnings only.
_WORDS = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")
LONGEST_BEGINNING = 6
MOST_PIECES = 120


def texts_of(name: str, serial: str | None, attributes: Mapping[str, Any]) -> list[str]:
    """Return the texts that an item is found by."""
    return [name, serial or "", *(one for one in attributes.values() if isinstance(one, str))]


def pieces_of(texts: Iterable[str]) -> list[str]:
    """Return the pieces by which an index finds the texts: beginnings of words, and one or two other characters."""
    found: dict[str, None] = {}
    for word in words_of(texts):
        found.update(dict.fromkeys(_beginnings(word) if word.isascii() else _neighbours(word)))
    return list(found)[:MOST_PIECES]


def telling_piece(query: str) -> str | None:
    """Return the longest piece that whatever matches the query has, None when the query holds no word."""
    pieces = [
        piece
        for word in words_of([query])
        for piece in ([word[:LONGEST_BEGINNING]] if word.isascii() else _pairs(word))
    ]
    return max(pieces, key=len, default=None)


def matches(query: str, texts: Iterable[str]) -> bool:
    """Tell whether each word of the query begins a word of the texts, or lies in it where words have no blanks."""
    words = list(words_of(texts))
    return all(
        any(word.startswith(wanted) if wanted.isascii() else wanted in word for word in words)
        for wanted in words_of([query])
    )


def words_of(texts: Iterable[str]) -> Iterable[str]:
    """Yield the words of the texts: letters and digits, or a run of other characters."""
    for text in texts:
        yield from _WORDS.findall(text.casefold())


def _beginnings(word: str) -> list[str]:
    return [word[:length] for length in range(1, min(len(word), LONGEST_BEGINNING) + 1)]


def _neighbours(word: str) -> list[str]:
    return [*word, *_pairs(word)]


def _pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(len(word) - 1)] or [word]
