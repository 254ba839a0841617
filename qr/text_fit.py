"""Text set into a box as large as it fits: lines, and their size, before anything is drawn."""

import re
import unicodedata
from dataclasses import dataclass

LEADING = 1.2
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# English breaks between words, Chinese after every character.
_PIECES = re.compile(r"[!-~]+ *|.", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class FittedText:
    """Lines of text and the height of a full-width character, in the unit of the box."""

    size: float
    lines: tuple[str, ...]


def half_widths(text: str) -> int:
    """Return the width in halves of a Chinese character, as fonts with STSong's widths have it."""
    return sum(1 if char.isascii() and unicodedata.east_asian_width(char) == "Na" else 2 for char in text)


def fit_text(text: str, *, width: float, height: float, most_lines: int, largest: float) -> FittedText:
    """Return `text` in at most `most_lines` lines, as large as fits within the box, and no larger than `largest`.

    It shrinks without end rather than lose a character, but what steers lines or directions is left out: neither paper
    nor XML has any use for it. Raises ValueError where nothing is left.
    """
    plain = "".join(char for char in text if unicodedata.category(char) not in _STEERING).strip()
    if not plain:
        raise ValueError("a text has printable characters")
    fitted = [_fit(plain, width, height, count, largest) for count in range(1, most_lines + 1)]
    return max(fitted, key=lambda one: one.size)


def _fit(text: str, width: float, height: float, count: int, largest: float) -> FittedText:
    limit = -(-half_widths(text) // count)
    lines = _broken(text, limit)
    while len(lines) > count:
        limit += 1
        lines = _broken(text, limit)
    widest = max(half_widths(line) for line in lines)
    size = min(largest, 2 * width / widest, height / len(lines) / LEADING)
    return FittedText(size=size, lines=tuple(lines))


def _broken(text: str, limit: int) -> list[str]:
    """Cut into lines of at most `limit` half widths; a word that is longer is cut, too."""
    lines = [""]
    for piece in _PIECES.findall(text):
        if lines[-1] and half_widths(lines[-1] + piece.rstrip()) > limit:
            lines.append("")
        for char in piece:
            if lines[-1] and half_widths(lines[-1]) + half_widths(char) > limit and char != " ":
                lines.append("")
            lines[-1] += char
    return [line.strip() for line in lines if line.strip()]
