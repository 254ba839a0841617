"""How items are found by words: Chinese has no blanks, so by pairs of neighbouring characters."""

import re

from services.items.model import Item

# The embedded database has no text index; an array of short pieces with an index is found by equality.
_WORDS = re.compile(r"[0-9a-z]+|[^\W0-9a-z_]+")
MOST_GRAMS = 200
LONGEST_WORD = 64


def grams_of(item: Item) -> set[str]:
    """Return the pieces that an item is found by: of its name, serial and texts among its attributes."""
    texts = [item.name, item.serial or "", *(one for one in item.attributes.values() if isinstance(one, str))]
    found: dict[str, None] = {}
    for text in texts:
        found.update(dict.fromkeys(_pieces(text)))
    return set(list(found)[:MOST_GRAMS])


def grams_of_query(text: str) -> list[str]:
    """Return the pieces that all must be among an item's, the longest and so rarest first."""
    return sorted(set(_query_pieces(text)), key=lambda piece: (-len(piece), piece))


def _pieces(text: str) -> list[str]:
    """Return words of letters and digits with all their beginnings, and single and paired other characters."""
    found: list[str] = []
    for word in _WORDS.findall(text.casefold()):
        if word.isascii():
            found += [word[:length] for length in range(1, min(len(word), LONGEST_WORD) + 1)]
        else:
            found += [word[at : at + length] for length in (1, 2) for at in range(len(word) - length + 1)]
    return found


def _query_pieces(text: str) -> list[str]:
    found: list[str] = []
    for word in _WORDS.findall(text.casefold()):
        if word.isascii():
            found.append(word[:LONGEST_WORD])
        elif len(word) == 1:
            found.append(word)
        else:
            found += [word[at : at + 2] for at in range(len(word) - 1)]
    return found
