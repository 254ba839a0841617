"""The labels that we know: where on a sheet or a roll each lies, and where on it code, title and text go.

All lengths are millimetres, from the top left corner, x to the right and y down.
"""

from collections.abc import Mapping
from dataclasses import dataclass

QUIET_ZONE_MODULES = 4  # ISO/IEC 18004 asks for four on every side
MOST_TITLE_CHARACTERS = 20
_TITLE_GAP = 0.5


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle, from the top left corner of what it lies in."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class Face:
    """What lies where on one label; `groups` of four characters stand on one line of text.

    `code` is a square that holds the symbol and its quiet zone. `artwork` is None where there is no room for any.
    """

    code: Box
    title: Box
    text: Box
    groups: int
    artwork: Box | None = None

    @property
    def lines(self) -> int:
        """The lines that the seven groups of an item code take."""
        return -(-7 // self.groups)


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A page of labels, filled row by row; `first` is the top left label, `pitch` the way from one to the next."""

    name: str
    page_width: float
    page_height: float
    columns: int
    rows: int
    first: Box
    pitch_x: float
    pitch_y: float
    face: Face

    @property
    def per_page(self) -> int:
        """Labels on a full page."""
        return self.columns * self.rows

    def label(self, index: int) -> Box:
        """Return where label `index` (from 0) of a page lies."""
        row, column = divmod(index, self.columns)
        first = self.first
        return Box(
            x=first.x + column * self.pitch_x,
            y=first.y + row * self.pitch_y,
            width=first.width,
            height=first.height,
        )

    def module(self, size: int) -> float:
        """Return the side of a module of a symbol that is `size` modules wide."""
        return self.face.code.width / (size + 2 * QUIET_ZONE_MODULES)


def _beside(
    width: float,
    height: float,
    *,
    padding: float,
    code: float,
    title: float,
    text: float,
    groups: int,
    gap: float = 0.0,
) -> Face:
    """Return a face with the code at the left; right of it the title, the text, and artwork if a `gap` is given."""
    x = padding + code
    room = width - x - padding
    text_y = padding + title + _TITLE_GAP
    below = text_y + text + gap
    return Face(
        code=Box(x=padding, y=(height - code) / 2, width=code, height=code),
        title=Box(x=x, y=padding, width=room, height=title),
        text=Box(x=x, y=text_y, width=room, height=text),
        groups=groups,
        artwork=Box(x=x, y=below, width=room, height=height - padding - below) if gap else None,
    )


def _stacked(width: float, *, padding: float, title: float, code: float, text: float) -> Face:
    """Return a face with the title above the code and two lines of text below it."""
    room = width - 2 * padding
    return Face(
        title=Box(x=padding, y=padding, width=room, height=title),
        code=Box(x=(width - code) / 2, y=padding + title, width=code, height=code),
        text=Box(x=padding, y=padding + title + code, width=room, height=text),
        groups=4,
    )


def _a4(name: str, grid: tuple[int, int], first: Box, face: Face, pitch_x: float | None = None) -> Layout:
    columns, rows = grid
    return Layout(
        name=name,
        page_width=210,
        page_height=297,
        columns=columns,
        rows=rows,
        first=first,
        pitch_x=first.width if pitch_x is None else pitch_x,
        pitch_y=first.height,
        face=face,
    )


def _roll(width: float, height: float, face: Face) -> Layout:
    return Layout(
        name=f"roll-{width:g}x{height:g}",
        page_width=width,
        page_height=height,
        columns=1,
        rows=1,
        first=Box(x=0, y=0, width=width, height=height),
        pitch_x=width,
        pitch_y=height,
        face=face,
    )


# Labels that reach the edge of a sheet have a padding of 4.2 mm: office printers leave as much blank.
_ALL = (
    _a4(
        "a4-70",
        (7, 10),
        Box(x=7, y=8.5, width=28, height=28),
        _stacked(28, padding=1.5, title=4.6, code=15.4, text=5),
    ),
    _a4(
        "a4-65",
        (5, 13),
        Box(x=4.75, y=10.7, width=38.1, height=21.2),
        _beside(38.1, 21.2, padding=1.5, code=18.2, title=6, text=11.5, groups=2),
        pitch_x=40.6,
    ),
    _a4(
        "a4-40",
        (4, 10),
        Box(x=0, y=0, width=52.5, height=29.7),
        _beside(52.5, 29.7, padding=4.2, code=21.3, title=8, text=12.8, groups=2),
    ),
    _a4(
        "a4-24",
        (3, 8),
        Box(x=0, y=0.5, width=70, height=37),
        _beside(70, 37, padding=4.2, code=26, title=8, text=6.5, groups=4, gap=1),
    ),
    _a4(
        "a4-21",
        (3, 7),
        Box(x=7.2, y=15.15, width=63.5, height=38.1),
        _beside(63.5, 38.1, padding=2.5, code=28, title=8, text=6.2, groups=4, gap=1),
        pitch_x=66,
    ),
    _roll(30, 20, _beside(30, 20, padding=1, code=16.5, title=7.6, text=9.9, groups=2)),
    _roll(40, 30, _beside(40, 30, padding=1.5, code=23, title=13.5, text=12.5, groups=2)),
    _roll(60, 40, _beside(60, 40, padding=2, code=30, title=9, text=13, groups=2, gap=1)),
    _roll(100, 70, _beside(100, 70, padding=3, code=56, title=14, text=8.5, groups=4, gap=2)),
)
LAYOUTS: Mapping[str, Layout] = {layout.name: layout for layout in _ALL}
