"""Plates as files for printers: PDF of one plate a page, SVG of one; modules are shapes, not pixels."""

import base64
from collections.abc import Sequence
from html import escape
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from qr.labels import Box
from qr.plate_layout import (
    BAND,
    BLACK,
    GREEN,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    SEAL,
    WHITE,
    Face,
    Line,
    dark_runs,
    plate_lines,
    plate_matrix,
    plate_number,
    text_column,
)
from qr.sheet_artwork import BadArtwork, embed_artwork, read_artwork
from qr.sheet_titles import title_font
from qr.sheet_units import POINTS_PER_MM
from qr.text_fit import half_widths

__all__ = ["BadArtwork", "Face", "ensure_seal", "plate_number", "plate_pdf", "plate_svg"]

TEXT_FONT, PICTURE = "F", "S"
SVG_FONTS = "'Songti SC','Noto Serif CJK SC','Source Han Serif SC',SimSun,serif"


def ensure_seal(seal: bytes) -> None:
    """Raise BadArtwork unless the seal is a PNG or JPEG picture within the bounds of `qr.sheet_artwork`."""
    read_artwork(seal, SEAL)


def plate_pdf(faces: Sequence[Face], *, office_name: str, seal: bytes | None) -> bytes:
    """Return a PDF with a page for each face, the same bytes for the same plates.

    Raises ValueError for no faces or text that cannot be printed, BadArtwork for a seal that is no bounded picture.
    """
    if not faces:
        raise ValueError("a file has at least one plate")
    picture = None if seal is None else read_artwork(seal, SEAL)
    with pikepdf.new() as pdf:
        resources = Dictionary(Font=Dictionary({f"/{TEXT_FONT}": title_font(pdf)}))
        if picture is not None:
            resources.XObject = Dictionary({f"/{PICTURE}": embed_artwork(pdf, picture)})
        shared = pdf.make_indirect(resources)
        for face in faces:
            content = pikepdf.Stream(pdf, _operators(face, office_name, picture).encode("ascii"))
            size = Array([0, 0, *(round(side * POINTS_PER_MM, 3) for side in (PAGE_WIDTH, PAGE_HEIGHT))])
            page = Dictionary(Type=Name.Page, MediaBox=size, Contents=content, Resources=shared)
            pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))
        written = BytesIO()
        # An identity made from the content, instead of from the moment.
        pdf.save(written, deterministic_id=True, compress_streams=True)
        return written.getvalue()


def plate_svg(face: Face, *, office_name: str, seal: bytes | None) -> bytes:
    """Return an SVG of one plate, in millimetres; raises as plate_pdf does.

    Letters take the width that was reckoned with, whatever font stands in.
    """
    picture = None if seal is None else read_artwork(seal, SEAL)
    modules = "".join(
        f"M{run.x:.4f} {run.y:.4f}h{run.width:.4f}v{run.height:.4f}h-{run.width:.4f}z"
        for run in dark_runs(plate_matrix(face))
    )
    size = f'width="{PAGE_WIDTH:g}mm" height="{PAGE_HEIGHT:g}mm" viewBox="0 0 {PAGE_WIDTH:g} {PAGE_HEIGHT:g}"'
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" {size}>\n',
        f'<rect width="{PAGE_WIDTH:g}" height="{PAGE_HEIGHT:g}" fill="{WHITE}"/>\n',
        _svg_box(BAND, GREEN),
        f'<path fill="{BLACK}" d="{modules}"/>\n',
        *(_svg_line(line) for line in plate_lines(face, office_name, text_column(office_name, picture))),
        "" if picture is None else _svg_picture(picture),
        "</svg>\n",
    ]
    return "".join(parts).encode()


def _operators(face: Face, office_name: str, picture: Image.Image | None) -> str:
    scale = f"{POINTS_PER_MM:.6f}"
    # One path, filled once: shapes that meet leave no seam.
    modules = "".join(_pdf_box(run) for run in dark_runs(plate_matrix(face)))
    parts = [
        f"{scale} 0 0 {scale} 0 0 cm\n",
        f"{_pdf_colour(GREEN)} {_pdf_box(BAND)}f\n",
        f"{_pdf_colour(BLACK)} {modules}f\n",
        *(_pdf_line(line) for line in plate_lines(face, office_name, text_column(office_name, picture))),
    ]
    if picture is not None:
        box = _picture_box(picture)
        lower = PAGE_HEIGHT - box.y - box.height
        parts.append(f"q {box.width:.3f} 0 0 {box.height:.3f} {box.x:.3f} {lower:.3f} cm /{PICTURE} Do Q\n")
    return "".join(parts)


def _pdf_box(box: Box) -> str:
    return f"{box.x:.4f} {PAGE_HEIGHT - box.y - box.height:.4f} {box.width:.4f} {box.height:.4f} re\n"


def _pdf_line(line: Line) -> str:
    place = f"{line.x:.3f} {PAGE_HEIGHT - line.baseline:.3f} Td"
    shown = line.text.encode("utf-16-be").hex()
    return f"{_pdf_colour(line.colour)} BT /{TEXT_FONT} {line.size:.3f} Tf {place} <{shown}> Tj ET\n"


def _pdf_colour(colour: str) -> str:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return f"{red:.3f} {green:.3f} {blue:.3f} rg"


def _svg_box(box: Box, colour: str) -> str:
    return f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" fill="{colour}"/>\n'


def _svg_line(line: Line) -> str:
    width = half_widths(line.text) * line.size / 2
    return (
        f'<text x="{line.x:.3f}" y="{line.baseline:.3f}" font-size="{line.size:.3f}" font-family="{SVG_FONTS}" '
        f'fill="{line.colour}" textLength="{width:.3f}" lengthAdjust="spacingAndGlyphs">{escape(line.text)}</text>\n'
    )


def _svg_picture(picture: Image.Image) -> str:
    written = BytesIO()
    picture.save(written, "PNG")
    data, box = base64.b64encode(written.getvalue()).decode("ascii"), _picture_box(picture)
    return (
        f'<image x="{box.x:.3f}" y="{box.y:.3f}" width="{box.width:.3f}" height="{box.height:.3f}" '
        f'href="data:image/png;base64,{data}"/>\n'
    )


def _picture_box(picture: Image.Image) -> Box:
    """Return the middle of the seal's place, as large as the picture fits."""
    scale = min(SEAL.width / picture.width, SEAL.height / picture.height)
    width, height = picture.width * scale, picture.height * scale
    return Box(x=SEAL.x + (SEAL.width - width) / 2, y=SEAL.y + (SEAL.height - height) / 2, width=width, height=height)
