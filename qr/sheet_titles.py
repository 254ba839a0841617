"""The title of a label, set into its box by a Chinese font that every PDF reader brings along or replaces."""

import unicodedata

import pikepdf
from pikepdf import Array, Dictionary, Name

from qr.labels import MOST_TITLE_CHARACTERS
from qr.sheet_units import Spot

LEADING = 1.15
LARGEST = 450
_ASCENT = 0.88
_MOST_LINES = 4
_HALF, _FULL = 1, 2


def title_font(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """Add the font: named, not embedded, with the character collection that PDF predefines (ISO 32000-2, 9.7.5.2)."""
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/STSong-Light"),
        Flags=6,
        FontBBox=Array([-25, -254, 1000, 880]),
        ItalicAngle=0,
        Ascent=880,
        Descent=-120,
        CapHeight=880,
        StemV=93,
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType0,
        BaseFont=Name("/STSong-Light"),
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"GB1", Supplement=5),
        DW=1000,
        W=Array([1, 95, 500]),
        FontDescriptor=pdf.make_indirect(descriptor),
    )
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name("/STSong-Light-UniGB-UTF16-H"),
        Encoding=Name("/UniGB-UTF16-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
    )
    return pdf.make_indirect(font)


def ensure_title(title: str) -> None:
    """Raise ValueError unless the title has at most MOST_TITLE_CHARACTERS, all printable."""
    if len(title) > MOST_TITLE_CHARACTERS or not title.isprintable():
        raise ValueError(f"a title has at most {MOST_TITLE_CHARACTERS} printable characters")


def title_text(title: str, box: Spot, font: str) -> str:
    """Return the operators that set `title` from the top of `box`, as large as it fits within 1 to 4 lines."""
    size, lines = max((_fit(title, box, count) for count in range(1, _MOST_LINES + 1)), key=lambda found: found[0])
    leading = int(size * LEADING)
    top = box.bottom + box.height - int(size * _ASCENT)
    shown = " T* ".join(f"<{line.encode('utf-16-be').hex()}> Tj" for line in lines)
    return f"BT /{font} {size} Tf {leading} TL {box.left} {top} Td {shown} ET\n"


def _fit(title: str, box: Spot, count: int) -> tuple[int, list[str]]:
    """Return the largest size in which the title takes at most `count` lines, and those lines."""
    limit = -(-_halves(title) // count)
    lines = _broken(title, limit)
    while len(lines) > count:
        limit += 1
        lines = _broken(title, limit)
    widest = max(_halves(line) for line in lines)
    return min(LARGEST, box.width * 2 // widest, int(box.height / len(lines) / LEADING)), lines


def _broken(title: str, limit: int) -> list[str]:
    """Cut into lines of at most `limit` half widths, or of one character; Chinese text may break anywhere."""
    lines = [""]
    for char in title:
        if lines[-1] and _halves(lines[-1]) + _halves(char) > limit:
            lines.append("")
        lines[-1] += char
    return lines


def _halves(text: str) -> int:
    return sum(_HALF if _is_narrow(char) else _FULL for char in text)


def _is_narrow(char: str) -> bool:
    return char.isascii() and unicodedata.east_asian_width(char) == "Na"
