"""Label sheets as one would make them first: a PNG by the qrcode library for each label, placed on the page."""

import zlib
from collections.abc import Sequence
from io import BytesIO

import pikepdf
import qrcode
from pikepdf import Dictionary, Name
from PIL import Image

from qr.labels import Layout
from qr.sheet_units import POINTS_PER_MM
from qr.sheets import Label


def naive_sheets(labels: Sequence[Label], layout: Layout) -> bytes:
    """Return a PDF of the same labels in the same places, without titles."""
    with pikepdf.new() as pdf:
        for start in range(0, len(labels), layout.per_page):
            _add_page(pdf, labels[start : start + layout.per_page], layout)
        written = BytesIO()
        pdf.save(written)
        return written.getvalue()


def _add_page(pdf: pikepdf.Pdf, labels: Sequence[Label], layout: Layout) -> None:
    page = pdf.add_blank_page(page_size=(layout.page_width * POINTS_PER_MM, layout.page_height * POINTS_PER_MM))
    page.add_resource(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Courier), Name.Font, Name.F)
    drawn = ""
    for index, label in enumerate(labels):
        name = page.add_resource(_image(pdf, label.link), Name.XObject)
        at, code, text = layout.label(index), layout.face.code, layout.face.text
        side, left = code.width * POINTS_PER_MM, (at.x + code.x) * POINTS_PER_MM
        bottom = (layout.page_height - at.y - code.y - code.height) * POINTS_PER_MM
        drawn += f"q {side} 0 0 {side} {left} {bottom} cm {name} Do Q\n"
        x, y = (at.x + text.x) * POINTS_PER_MM, (layout.page_height - at.y - text.y - 2) * POINTS_PER_MM
        drawn += f"BT /F 6 Tf 7 TL {x} {y} Td ({label.readable[:19]}) Tj T* ({label.readable[20:]}) Tj ET\n"
    page.contents_add(drawn.encode("ascii"))


def _image(pdf: pikepdf.Pdf, link: str) -> pikepdf.Stream:
    drawing = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=4)
    drawing.add_data(link)
    png = BytesIO()
    drawing.make_image().save(png)
    with Image.open(png) as picture:
        return pikepdf.Stream(
            pdf,
            zlib.compress(picture.convert("1").tobytes()),
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=picture.width,
            Height=picture.height,
            ColorSpace=Name.DeviceGray,
            BitsPerComponent=1,
            Filter=Name.FlateDecode,
        )
