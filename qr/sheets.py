"""PDF files of labels: many pages, the same bytes for the same labels, no more memory than a file takes."""

from collections.abc import Sequence
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from qr.labels import Layout
from qr.sheet_artwork import embed_artwork, read_artwork
from qr.sheet_page import ARTWORK, BACKGROUND, TEXT_FONT, TITLE_FONT, Label, page_content
from qr.sheet_titles import ensure_title, title_font, title_text
from qr.sheet_units import POINTS_PER_MM, Spot, spot, units

__all__ = ["Label", "render_sheet_file"]


def render_sheet_file(labels: Sequence[Label], layout: Layout, title: str, artwork: bytes | None = None) -> bytes:
    """Return a PDF of `labels` in their order, each with `title` and the PNG or JPEG `artwork`.

    Raises ValueError for no labels, a title that `ensure_title` refuses, or artwork where the layout has no room for
    it; BadArtwork for bytes that are no bounded picture.
    """
    if not labels:
        raise ValueError("a file has at least one label")
    ensure_title(title)
    with pikepdf.new() as pdf:
        sheets = _Sheets(pdf, layout, title, _picture(layout, artwork))
        for start in range(0, len(labels), layout.per_page):
            sheets.add(labels[start : start + layout.per_page])
        written = BytesIO()
        # An identity made from the content, instead of from the moment.
        pdf.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return written.getvalue()


def _picture(layout: Layout, artwork: bytes | None) -> Image.Image | None:
    if artwork is None:
        return None
    if layout.face.artwork is None:
        raise ValueError("this layout has no room for artwork")
    return read_artwork(artwork, layout.face.artwork)


class _Sheets:
    """The pages of one file, which share fonts, title and artwork."""

    def __init__(self, pdf: pikepdf.Pdf, layout: Layout, title: str, picture: Image.Image | None) -> None:
        self._pdf = pdf
        self._layout = layout
        self._title = title
        self._picture = picture
        self._size = Array(
            [0, 0, *(round(side * POINTS_PER_MM, 3) for side in (layout.page_width, layout.page_height))]
        )
        self._text_font = pdf.make_indirect(
            Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Courier, Encoding=Name.WinAnsiEncoding)
        )
        self._shared = self._shared_resources()
        # By the number of labels: all pages but the last are full.
        self._resources: dict[int, pikepdf.Object] = {}

    def add(self, labels: Sequence[Label]) -> None:
        """Add one page."""
        content = pikepdf.Stream(self._pdf, page_content(self._layout, labels), Filter=Name.FlateDecode)
        if len(labels) not in self._resources:
            self._resources[len(labels)] = self._resources_for(len(labels))
        page = Dictionary(Type=Name.Page, MediaBox=self._size, Contents=content, Resources=self._resources[len(labels)])
        self._pdf.pages.append(pikepdf.Page(self._pdf.make_indirect(page)))

    def _shared_resources(self) -> Dictionary:
        shared = Dictionary()
        if self._title:
            shared.Font = Dictionary({f"/{TITLE_FONT}": title_font(self._pdf)})
        if self._picture is not None:
            shared.XObject = Dictionary({f"/{ARTWORK}": embed_artwork(self._pdf, self._picture)})
        return shared

    def _resources_for(self, count: int) -> pikepdf.Object:
        background = pikepdf.Stream(
            self._pdf,
            "".join(self._background(index) for index in range(count)).encode("ascii"),
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, units(self._layout.page_width), units(self._layout.page_height)]),
            Resources=self._shared,
        )
        resources = Dictionary(
            Font=Dictionary({f"/{TEXT_FONT}": self._text_font}),
            XObject=Dictionary({f"/{BACKGROUND}": background}),
        )
        return self._pdf.make_indirect(resources)

    def _background(self, index: int) -> str:
        """Return what label `index` shows on every page."""
        face, drawn = self._layout.face, ""
        if self._title:
            drawn += title_text(self._title, spot(self._layout, index, face.title), TITLE_FONT)
        if self._picture is not None and face.artwork is not None:
            drawn += _artwork(self._picture, spot(self._layout, index, face.artwork))
        return drawn


def _artwork(picture: Image.Image, box: Spot) -> str:
    """Draw the picture in the middle of its box, as large as fits."""
    scale = min(box.width / picture.width, box.height / picture.height)
    width, height = int(picture.width * scale), int(picture.height * scale)
    left, bottom = box.left + (box.width - width) // 2, box.bottom + (box.height - height) // 2
    return f"q {width} 0 0 {height} {left} {bottom} cm /{ARTWORK} Do Q\n"
