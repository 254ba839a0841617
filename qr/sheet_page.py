"""What one page of labels draws: codes as inline images, their text, and a background that all pages share.

Measured, for a link of 52 characters with its text, all compressed: 179 bytes a label for codes as 1-bit images in
hexadecimal, 160 as raw bits, whose end some readers guess wrongly, 403 as rectangles, which take many times as long.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qr.labels import QUIET_ZONE_MODULES, Layout
from qr.matrix import Level, encode_matrix
from qr.sheet_units import POINTS_PER_MM, UNITS_PER_MM, spot, units

TEXT_FONT, TITLE_FONT, ARTWORK, BACKGROUND = "F", "T", "A", "B"
LEVEL: Level = "M"
_SCALE = f"{POINTS_PER_MM / UNITS_PER_MM:.8f}"
_GROUP = 4
_COURIER_WIDTH = 0.6  # of every character, in ems
_COURIER_ASCENT = 0.75
_LARGEST_TEXT = 350
_LEADING = 1.15
_ZIP_LEVEL = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """One label: the link in its code, and the code for people, in groups of four parted by hyphens."""

    link: str
    readable: str


def page_content(layout: Layout, labels: Sequence[Label]) -> bytes:
    """Return the compressed operators of a page that draws BACKGROUND and at most `layout.per_page` labels."""
    rows = [labels[start : start + layout.columns] for start in range(0, len(labels), layout.columns)]
    packed = zlib.compressobj(_ZIP_LEVEL)
    codes = packed.compress(b"".join(_codes(layout, rows)))
    # Images and letters have little in common: a block of its own gives either its own Huffman code.
    codes += packed.flush(zlib.Z_BLOCK)
    return codes + packed.compress(_texts(layout, rows).encode("ascii")) + packed.flush()


def _codes(layout: Layout, rows: Sequence[Sequence[Label]]) -> Iterable[bytes]:
    """Draw the codes of each row from left to right; what labels have in common is the same text, and packs well."""
    yield f"{_SCALE} 0 0 {_SCALE} 0 0 cm /{BACKGROUND} Do\n".encode("ascii")
    step = f"1 0 0 1 {units(layout.pitch_x)} 0 cm\n".encode("ascii")
    for number, row in enumerate(rows):
        place = spot(layout, number * layout.columns, layout.face.code)
        yield f"q 1 0 0 1 {place.left} {place.bottom} cm\n".encode("ascii")
        for label in row:
            yield _code(label.link, place.width)
            yield step
        yield b"Q\n"


def _code(link: str, width: int) -> bytes:
    matrix = encode_matrix(link, LEVEL)
    module = width / (matrix.size + 2 * QUIET_ZONE_MODULES)
    quiet, side = round(module * QUIET_ZONE_MODULES), round(module * matrix.size)
    head = f"q {side} 0 0 {side} {quiet} {quiet} cm BI/W {matrix.size}/H {matrix.size}/IM true/D[1 0]/F/AHx ID "
    return b"%b%b>EI Q\n" % (head.encode("ascii"), matrix.rows.hex().encode("ascii"))


def _texts(layout: Layout, rows: Sequence[Sequence[Label]]) -> str:
    face = layout.face
    box = spot(layout, 0, face.text)
    columns = face.groups * (_GROUP + 1) - 1
    size = min(_LARGEST_TEXT, int(box.width / columns / _COURIER_WIDTH), int(box.height / face.lines / _LEADING))
    leading = round(size * _LEADING)
    # The next label's text begins beside this one's, whose last line we stand on.
    step = f"{units(layout.pitch_x)} {leading * (face.lines - 1)} Td"
    parts = [f"BT /{TEXT_FONT} {size} Tf {leading} TL\n"]
    for number, row in enumerate(rows):
        place = spot(layout, number * layout.columns, face.text)
        parts.append(f"1 0 0 1 {place.left} {place.bottom + place.height - round(size * _COURIER_ASCENT)} Tm\n")
        parts += [f"{_shown(label.readable, columns)} {step}\n" for label in row]
    parts.append("ET\n")
    return "".join(parts)


def _shown(readable: str, columns: int) -> str:
    first, *others = [readable[start : start + columns] for start in range(0, len(readable), columns + 1)]
    return f"({first})Tj" + "".join(f"({line})'" for line in others)
