"""What lies where on a plate: A5 across, so that an office printer, an engraver and a sign maker can all make it.

All lengths are millimetres, from the top left corner, x to the right and y down. The code stands alone: nothing lies
over it, and its quiet zone is within its own box.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qr.labels import QUIET_ZONE_MODULES, Box
from qr.matrix import Level, Matrix, encode_matrix
from qr.text_fit import LEADING, fit_text

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 148.0
# A plate hangs in grease, sun and scratches for years: Q mends a quarter of the code.
LEVEL: Level = "Q"
BAND = Box(x=8, y=8, width=194, height=22)
CODE = Box(x=8, y=33, width=98, height=98)
SEAL = Box(x=170, y=108, width=32, height=32)
GREEN, WHITE, BLACK = "#0b5d3b", "#ffffff", "#000000"
PROMPT = "扫码查看许可证是否有效、最近一次检查的结果和时间，也可以投诉举报"
PROMPT_EN = "Scan to see the licence, the last inspection and its result, or to complain"
_ASCENT = 0.88  # of STSong, in ems
_GROUP = 4


@dataclass(frozen=True, kw_only=True)
class Face:
    """What a plate says: the link in its code, its number, the name of the site, and what kind of plate it is.

    `licence` is the number of the site's licence, where it has one.
    """

    link: str
    number: str
    name: str
    name_en: str
    title: str
    title_en: str
    licence: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of text: `baseline` and `x` where it begins, `size` the side of a Chinese character."""

    text: str
    x: float
    baseline: float
    size: float
    colour: str


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a text may stand, how many lines it may take, and how large it may be."""

    box: Box
    most_lines: int
    largest: float
    colour: str = BLACK


@dataclass(frozen=True, kw_only=True)
class _Block:
    """A text in the column beside the code: its greatest height and size, and the gap above it.

    As there is most to say: where less stands in the column, all of it grows alike.
    """

    text: str
    height: float
    most_lines: int
    largest: float
    gap: float = 0


# Beside the code, as high as it is; the office and its seal take the lower part where there are any.
_COLUMN = Box(x=110, y=37.5, width=92, height=89)
_COLUMN_ABOVE_OFFICE = Box(x=110, y=37.5, width=92, height=68.5)
_TITLE = _Place(box=Box(x=13, y=9.5, width=184, height=12.5), most_lines=1, largest=10, colour=WHITE)
_TITLE_EN = _Place(box=Box(x=13, y=22, width=184, height=6.5), most_lines=1, largest=5, colour=WHITE)
_OFFICE = _Place(box=Box(x=110, y=116, width=57, height=16), most_lines=3, largest=5.2)
_NUMBER_TOP, _NUMBER_HEIGHT = 132.0, 7.0


def plate_number(plate_id: str) -> str:
    """Return a plate's number for people: the 26 characters behind `plt_`, in groups of four."""
    text = plate_id.partition("_")[2]
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))


def plate_matrix(face: Face) -> Matrix:
    """Return the symbol of a plate's link."""
    return encode_matrix(face.link, LEVEL)


def text_column(*below: object) -> Box:
    """Return where the column of text may stand; `below` is what stands under it: empty, or None, is nothing."""
    return _COLUMN_ABOVE_OFFICE if any(below) else _COLUMN


def plate_lines(face: Face, office_name: str, column: Box) -> Sequence[Line]:
    """Return all text of a plate; an absent English name, licence or office leaves no hole."""
    quiet = QUIET_ZONE_MODULES * module_side(plate_matrix(face))
    beneath = Box(x=CODE.x + quiet, y=_NUMBER_TOP, width=CODE.width - 2 * quiet, height=_NUMBER_HEIGHT)
    texts = (
        (face.title, _TITLE),
        (face.title_en, _TITLE_EN),
        (office_name, _OFFICE),
        (f"No. {face.number}", _Place(box=beneath, most_lines=1, largest=_NUMBER_HEIGHT / LEADING)),
    )
    fixed = [line for text, place in texts if text.strip() for line in _set(text, place)]
    return [*fixed, *_column_lines(_blocks(face), column)]


def _blocks(face: Face) -> Sequence[_Block]:
    licence = f"许可证号 Licence No. {face.licence}" if face.licence.strip() else ""
    blocks = (
        _Block(text=face.name, height=27, most_lines=4, largest=12),
        _Block(text=face.name_en, height=9, most_lines=3, largest=5, gap=1.2),
        _Block(text=licence, height=5.5, most_lines=1, largest=4.4, gap=1.2),
        _Block(text=PROMPT, height=12.5, most_lines=3, largest=5.2, gap=3),
        _Block(text=PROMPT_EN, height=8.5, most_lines=2, largest=3.6, gap=0.6),
    )
    return [block for block in blocks if block.text.strip()]


def _column_lines(blocks: Sequence[_Block], column: Box) -> Iterator[Line]:
    """Set texts under one another, in the middle of what is left of the column's height."""
    growth = column.height / _COLUMN_ABOVE_OFFICE.height
    fitted = [
        fit_text(
            block.text,
            width=column.width,
            height=block.height * growth,
            most_lines=block.most_lines,
            largest=block.largest * growth,
        )
        for block in blocks
    ]
    heights = [one.size * LEADING * len(one.lines) for one in fitted]
    top = column.y + max(0.0, column.height - sum(heights) - growth * sum(block.gap for block in blocks)) / 2
    for block, one, height in zip(blocks, fitted, heights, strict=True):
        top += block.gap * growth
        for number, line in enumerate(one.lines):
            baseline = top + one.size * (_ASCENT + number * LEADING)
            yield Line(text=line, x=column.x, baseline=baseline, size=one.size, colour=BLACK)
        top += height


def dark_runs(matrix: Matrix) -> Iterator[Box]:
    """Yield the dark modules of a plate's symbol where they lie, those beside one another as one."""
    module = module_side(matrix)
    for y in range(matrix.size):
        start = None
        for x in range(matrix.size + 1):
            dark = x < matrix.size and matrix.is_dark(x, y)
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                left, top = CODE.x + (QUIET_ZONE_MODULES + start) * module, CODE.y + (QUIET_ZONE_MODULES + y) * module
                yield Box(x=left, y=top, width=(x - start) * module, height=module)
                start = None


def module_side(matrix: Matrix) -> float:
    """Return the side of a module."""
    return CODE.width / (matrix.size + 2 * QUIET_ZONE_MODULES)


def _set(text: str, place: _Place) -> Iterator[Line]:
    box = place.box
    fitted = fit_text(text, width=box.width, height=box.height, most_lines=place.most_lines, largest=place.largest)
    for number, line in enumerate(fitted.lines):
        baseline = box.y + fitted.size * (_ASCENT + number * LEADING)
        yield Line(text=line, x=box.x, baseline=baseline, size=fitted.size, colour=place.colour)
