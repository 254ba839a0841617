"""How sheets count: hundredths of a millimetre from the bottom left corner of the page, in whole numbers."""

from dataclasses import dataclass

from qr.labels import Box, Layout

POINTS_PER_MM = 72 / 25.4
UNITS_PER_MM = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A box on a page: `left` and `bottom` from the page's bottom left corner."""

    left: int
    bottom: int
    width: int
    height: int


def units(millimetres: float) -> int:
    """Return a length in units."""
    return round(millimetres * UNITS_PER_MM)


def spot(layout: Layout, index: int, box: Box) -> Spot:
    """Return where a box of the face lies on the page, for label `index`."""
    label = layout.label(index)
    return Spot(
        left=units(label.x + box.x),
        bottom=units(layout.page_height - label.y - box.y - box.height),
        width=units(box.width),
        height=units(box.height),
    )
