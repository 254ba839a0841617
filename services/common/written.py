"""What people type freely: kept as they see it, and nothing beside."""

import unicodedata

_LINE_BREAKS = ("\r\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\f")
# Controls, what steers directions and joins, and surrogates: none of them is seen, and each can deceive who reads.
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


def tidied(text: str) -> str:
    """Return what somebody typed without what cannot be seen; lines stay, and at most one blank one between two."""
    for one in _LINE_BREAKS:
        text = text.replace(one, "\n")
    text = text.replace("\t", " ")
    seen = "".join(one for one in text if one == "\n" or unicodedata.category(one) not in _UNSEEN)
    lines = [line.strip() for line in seen.split("\n")]
    return "\n".join(line for at, line in enumerate(lines) if line or (at and lines[at - 1])).strip()
