"""Sheets of labels: every code can be read off the print, and a label takes few bytes."""

from collections.abc import Sequence
from io import BytesIO

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from qr.item_code import ItemKeyring, ItemNumber, make_item_code, readable
from qr.labels import LAYOUTS, Box, Layout
from qr.links import item_link
from qr.sheet_artwork import MOST_ARTWORK_BYTES, MOST_ARTWORK_PIXELS, BadArtwork
from qr.sheets import Label, render_sheet_file

DPI = 300
DOTS = DPI / 25.4
QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
RING = ItemKeyring(secrets={1: bytes(32)}, active_kid=1)
TITLE = "示例寺院法器与文物登记标签（市级统管）甲"
A4_70 = LAYOUTS["a4-70"]
every_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))


def labels(count: int, host: str = "codes.city.cn") -> list[Label]:
    codes = [make_item_code(ItemNumber(kid=1, batch=1_800_000_000, serial=n), RING) for n in range(count)]
    return [Label(link=item_link(f"https://{host}", code), readable=readable(code)) for code in codes]


def pages(pdf: bytes) -> list[Image.Image]:
    return [page.render(scale=DPI / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(pdf)]


def read_from(picture: Image.Image, layout: Layout, index: int) -> str:
    """Return what a scanner reads that sees label `index` of a page and nothing else."""
    [found] = zxingcpp.read_barcodes(picture.crop(dots(layout.label(index))), formats=QR_CODES)
    return str(found.text)


def dots(box: Box, *, less: float = 0.0) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom in pixels, `less` millimetres further inside."""
    left, top = box.x + less, box.y + less
    right, bottom = box.x + box.width - less, box.y + box.height - less
    return round(left * DOTS), round(top * DOTS), round(right * DOTS), round(bottom * DOTS)


def read_all(pdf: bytes, layout: Layout, count: int) -> Sequence[str]:
    return [
        read_from(picture, layout, index)
        for number, picture in enumerate(pages(pdf))
        for index in range(min(layout.per_page, count - number * layout.per_page))
    ]


def png(width: int, height: int, mode: str = "RGB", color: str = "red") -> bytes:
    written = BytesIO()
    Image.new(mode, (width, height), color).save(written, "PNG")
    return written.getvalue()


def test_every_label_of_seven_hundred_is_read_to_the_right_code_in_its_place() -> None:
    made = labels(700)
    assert len(made[0].link) == 52
    pdf = render_sheet_file(made, A4_70, TITLE)
    assert read_all(pdf, A4_70, 700) == [label.link for label in made]
    assert len(pdf) / 700 < 200


@every_layout
def test_every_layout_is_read_with_title_and_artwork_and_a_last_page_that_is_not_full(layout: Layout) -> None:
    made = labels(layout.per_page + 1)
    picture = png(300, 200) if layout.face.artwork else None
    pdf = render_sheet_file(made, layout, TITLE, picture)
    assert read_all(pdf, layout, len(made)) == [label.link for label in made]


@every_layout
def test_longer_links_are_read_too(layout: Layout) -> None:
    made = labels(2, host="codes.ethnic-affairs.example-city.gov.cn")
    assert read_all(render_sheet_file(made, layout, TITLE), layout, 2) == [label.link for label in made]


@every_layout
def test_people_read_title_and_code(layout: Layout) -> None:
    [made] = labels(1)
    text = pypdfium2.PdfDocument(render_sheet_file([made], layout, TITLE))[0].get_textpage().get_text_range()
    printed = text.replace("\r\n", "").replace("-", "")
    assert TITLE in printed
    assert made.readable.replace("-", "") in printed


def test_nothing_is_printed_outside_the_labels() -> None:
    [picture] = pages(render_sheet_file(labels(70), A4_70, TITLE))
    for index in range(70):
        picture.paste(255, dots(A4_70.label(index), less=1))
    assert picture.getextrema() == (255, 255)


def test_the_same_labels_give_the_same_bytes() -> None:
    made = labels(71)
    first, again = (render_sheet_file(made, A4_70, TITLE) for _ in range(2))
    assert first == again
    assert b"Date" not in first
    assert first != render_sheet_file(made, A4_70, TITLE[:-1])


def test_the_file_is_sound() -> None:
    pdf = render_sheet_file(labels(71), A4_70, TITLE)
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert opened.check_pdf_syntax() == []
        assert len(opened.pages) == 2
        for page in opened.pages:
            assert pikepdf.parse_content_stream(page)


def test_artwork_is_drawn_in_its_place_and_flattened_on_white() -> None:
    layout = LAYOUTS["roll-60x40"]
    box = layout.face.artwork
    assert box is not None
    left, top, right, bottom = dots(box)
    for mode, color, seen in (("RGB", "#ff0000", (255, 0, 0)), ("RGBA", "#ff000000", (255, 255, 255))):
        [page] = pypdfium2.PdfDocument(render_sheet_file(labels(1), layout, "", png(4000, 900, mode, color)))
        picture = page.render(scale=DPI / 72).to_pil().convert("RGB")
        assert picture.getpixel(((left + right) // 2, (top + bottom) // 2)) == seen


def test_artwork_is_kept_once_and_no_finer_than_print_needs() -> None:
    layout = LAYOUTS["a4-24"]
    noise = Image.effect_noise((1000, 500), 90)
    written = BytesIO()
    noise.save(written, "JPEG", quality=60)
    plain = render_sheet_file(labels(72), layout, TITLE)
    assert len(render_sheet_file(labels(72), layout, TITLE, written.getvalue())) - len(plain) < 200_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        png(300, 300)[:60],
        b"GIF89a" + bytes(100),
        png(MOST_ARTWORK_PIXELS // 1000 + 1, 1000),
        png(10, 10) + bytes(MOST_ARTWORK_BYTES),
    ],
    ids=["empty", "text", "truncated", "gif", "many pixels", "many bytes"],
)
def test_other_pictures_are_refused(data: bytes) -> None:
    with pytest.raises(BadArtwork):
        render_sheet_file(labels(1), LAYOUTS["roll-60x40"], TITLE, data)


def test_layouts_without_room_take_no_artwork_and_titles_have_bounds() -> None:
    with pytest.raises(ValueError, match="no room"):
        render_sheet_file(labels(1), A4_70, TITLE, png(10, 10))
    for title in ("示" * 21, "a\nb"):
        with pytest.raises(ValueError, match="title"):
            render_sheet_file(labels(1), A4_70, title)
    with pytest.raises(ValueError, match="at least one"):
        render_sheet_file([], A4_70, TITLE)


@pytest.mark.parametrize("title", ["A", "ABC (1)\\", "示", "𠮷祥", "Registered Asset 0001"[:20], ""])
def test_titles_of_all_kinds_fit(title: str) -> None:
    pdf = render_sheet_file(labels(1), LAYOUTS["roll-30x20"], title)
    assert read_all(pdf, LAYOUTS["roll-30x20"], 1) == [labels(1)[0].link]


def test_links_of_different_lengths_may_share_a_sheet() -> None:
    made = [*labels(1), *labels(1, host="a.much.longer.host.example.city.gov.cn"), *labels(1)]
    pdf = render_sheet_file(made, A4_70, "")
    assert read_all(pdf, A4_70, 3) == [label.link for label in made]
