"""What is ordered of plates on paper, and the work itself, which takes a process of its own a moment."""

from dataclasses import dataclass, field
from enum import StrEnum

from qr.plate_artwork import Face, plate_pdf, plate_svg


class PlateForm(StrEnum):
    """The files that a printer may be given."""

    PDF = "pdf"
    SVG = "svg"


@dataclass(frozen=True, kw_only=True)
class PlateOrder:
    """Plates to print, one a page; an SVG is of one. `office_name` and `seal`, a PNG or JPEG picture, may be absent."""

    form: PlateForm
    faces: tuple[Face, ...]
    office_name: str
    seal: bytes | None = field(repr=False)


def draw_plate(order: PlateOrder) -> bytes:
    """Return the file."""
    if order.form is PlateForm.SVG:
        return plate_svg(order.faces[0], office_name=order.office_name, seal=order.seal)
    return plate_pdf(order.faces, office_name=order.office_name, seal=order.seal)
