"""What people type freely: kept as they see it, and nothing beside."""

import re
import unicodedata

_LINE_BREAKS = ("\r\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\f")
# Controls, what steers directions and joins, and surrogates: none of them is seen, and each can deceive who reads.
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
MASK = "*******"
# At least seven digits, of any script, with up to four of anything but letters between two: a phone, a document; and
# the X at the end of one. A time of day (9:00-17:00) is none, unless its digits go on behind another colon.
_LONG_NUMBER = re.compile(r"(?P<time>(?<!\d)(?:[01]?\d|2[0-3])[:：][0-5]\d(?![:：]?\d))|\d(?:[\W_]{0,4}\d){6,}[Xx]?")


def tidied(text: str) -> str:
    """Return what somebody typed without what cannot be seen; lines stay, and at most one blank one between two."""
    for one in _LINE_BREAKS:
        text = text.replace(one, "\n")
    text = text.replace("\t", " ")
    seen = "".join(one for one in text if one == "\n" or unicodedata.category(one) not in _UNSEEN)
    lines = [line.strip() for line in seen.split("\n")]
    return "\n".join(line for at, line in enumerate(lines) if line or (at and lines[at - 1])).strip()


def without_long_numbers(text: str) -> str:
    """Return the text with numbers of seven digits or more, which are telephones and documents, replaced by MASK.

    Up to four blanks, signs or symbols between two digits do not part a number. A date written in digits alone goes
    with them: better a date too many hidden than a telephone too few. Times of day stay.
    """
    return _LONG_NUMBER.sub(lambda found: found["time"] or MASK, text)
