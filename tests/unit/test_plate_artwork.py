"""Plates on paper: the code can be read off both files, no text runs out of its place, and nothing covers the code."""

import re
from io import BytesIO
from xml.etree import ElementTree as ET

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from qr.labels import Box
from qr.links import plate_link
from qr.plate_artwork import BadArtwork, Face, ensure_seal, plate_number, plate_pdf, plate_svg
from qr.plate_code import make_plate_code
from qr.plate_layout import (
    BAND,
    CODE,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    SEAL,
    Line,
    module_side,
    plate_lines,
    plate_matrix,
    text_column,
)
from qr.sheet_artwork import MOST_ARTWORK_BYTES
from qr.text_fit import fit_text, half_widths
from tests.plates import CLAIM, RING

DPI = 150
DOTS = DPI / 25.4
OFFICE = "示例市民族宗教事务局"
LONG_NAME = "示例清真牛羊肉面馆（示例广场总店暨示例新区中央厨房配送中心）第一分店西门"
LONG_NAME_EN = "Example Halal Beef and Mutton Noodles, Headquarters and Central Kitchen of the Example New Area, " * 2
SVG = "{http://www.w3.org/2000/svg}"
NAMES = pytest.mark.parametrize(
    ("name", "name_en"),
    [
        ("示例面馆", "Example noodles"),
        ("示", ""),
        (LONG_NAME, LONG_NAME_EN),
        ("长" * 100, "x" * 200),
        ("示例𠮷野家\ue000店", '<b>&"A"</b>'),
    ],
    ids=["short", "one character", "long", "longest", "rare"],
)


def face(**changes: str) -> Face:
    said = {
        "link": plate_link("https://codes.example.cn", make_plate_code(CLAIM, RING)),
        "number": plate_number(CLAIM.plate_id),
        "name": "示例面馆",
        "name_en": "Example noodles",
        "title": "清真食品经营监督牌",
        "title_en": "Halal food supervision",
    }
    return Face(**(said | changes))


def png(width: int, height: int, colour: str | tuple[int, ...] = "red", mode: str = "RGB") -> bytes:
    written = BytesIO()
    Image.new(mode, (width, height), colour).save(written, "PNG")
    return written.getvalue()


def pages(pdf: bytes) -> list[Image.Image]:
    return [page.render(scale=DPI / 72).to_pil() for page in pypdfium2.PdfDocument(pdf)]


def cropped(picture: Image.Image, box: Box) -> Image.Image:
    return picture.crop(
        (
            round(box.x * DOTS),
            round(box.y * DOTS),
            round((box.x + box.width) * DOTS),
            round((box.y + box.height) * DOTS),
        )
    )


def parsed(svg: bytes) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- our own


def drawn_from(svg: bytes) -> Image.Image:
    """Return a picture of the SVG's dark modules alone, as a plotter would draw them."""
    [path] = parsed(svg).iter(f"{SVG}path")
    picture = Image.new("L", (round(PAGE_WIDTH * DOTS), round(PAGE_HEIGHT * DOTS)), 255)
    pen = ImageDraw.Draw(picture)
    for run in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z", path.attrib["d"]):
        x, y, width, height = (float(value) for value in run)
        pen.rectangle(
            (round(x * DOTS), round(y * DOTS), round((x + width) * DOTS) - 1, round((y + height) * DOTS) - 1), fill=0
        )
    return picture


@NAMES
@pytest.mark.parametrize("seal", [None, png(300, 300)], ids=["no seal", "seal"])
def test_the_code_is_read_off_the_printed_page(name: str, name_en: str, seal: bytes | None) -> None:
    plate = face(name=name, name_en=name_en)
    [page] = pages(plate_pdf([plate], office_name=OFFICE, seal=seal))
    assert page.size == pytest.approx((PAGE_WIDTH * DOTS, PAGE_HEIGHT * DOTS), abs=1)
    [found] = zxingcpp.read_barcodes(page.convert("L"))
    assert (found.text, found.ec_level) == (plate.link, "Q")
    assert zxingcpp.read_barcodes(cropped(page, CODE).convert("L"))[0].text == plate.link


@NAMES
def test_the_code_is_read_off_the_svgs_shapes(name: str, name_en: str) -> None:
    plate = face(name=name, name_en=name_en)
    [found] = zxingcpp.read_barcodes(drawn_from(plate_svg(plate, office_name=OFFICE, seal=png(300, 300))))
    assert found.text == plate.link


def test_the_longest_public_address_still_gives_modules_that_a_phone_reads_from_a_step_away() -> None:
    link = plate_link(f"https://{'a' * 60}.example.cn/city", make_plate_code(CLAIM, RING))
    assert module_side(plate_matrix(face())) > 1.2
    assert module_side(plate_matrix(face(link=link))) > 1.0


def test_each_page_has_its_own_plate() -> None:
    plates = [face(name=f"示例面馆{at}", link=f"https://codes.example.cn/o/{at}" * 5) for at in range(3)]
    found = [zxingcpp.read_barcodes(page)[0].text for page in pages(plate_pdf(plates, office_name=OFFICE, seal=None))]
    assert found == [plate.link for plate in plates]
    with pytest.raises(ValueError, match="at least one"):
        plate_pdf([], office_name=OFFICE, seal=None)


def test_the_same_plate_gives_the_same_bytes() -> None:
    seal = png(300, 300)
    assert plate_pdf([face()], office_name=OFFICE, seal=seal) == plate_pdf([face()], office_name=OFFICE, seal=seal)
    assert plate_svg(face(), office_name=OFFICE, seal=seal) == plate_svg(face(), office_name=OFFICE, seal=seal)


@NAMES
@pytest.mark.parametrize("licence", ["", "示例-0001", "证" * 60])
@pytest.mark.parametrize("office", ["", OFFICE, "局" * 40])
def test_all_text_stays_on_the_plate_and_off_the_code(name: str, name_en: str, office: str, licence: str) -> None:
    plate = face(name=name, name_en=name_en, licence=licence)
    column = text_column(office)
    lines = plate_lines(plate, office, column)
    without = plate_lines(plate, "", column)
    assert max(bottom_of(line) for line in without if line.x == column.x) <= column.y + column.height
    assert all(line.baseline - line.size >= column.y + column.height for line in lines if line not in without)
    assert "".join(line.text for line in lines).replace(" ", "").count(name[0]) >= 1
    for line in lines:
        left, right = line.x, line.x + half_widths(line.text) * line.size / 2
        top, bottom = line.baseline - 0.88 * line.size, bottom_of(line)
        assert left >= 8
        assert right <= PAGE_WIDTH - 7.99
        assert top >= 8
        assert bottom <= PAGE_HEIGHT - 7.9
        beside = right <= CODE.x or left >= CODE.x + CODE.width
        assert beside or bottom <= CODE.y or top >= CODE.y + CODE.height
        assert line.size > 0.8, "a name of a hundred characters can still be read"
    assert [line.text for line in lines if line.text.startswith("No. ")] == ["No. 01K0-0000-00EX-AMP7-E000-0000-03"]


def column_of(plate: Face, *below: object) -> list[Line]:
    column = text_column(*below)
    return [line for line in plate_lines(plate, "", column) if line.x == column.x]


def bottom_of(line: Line) -> float:
    return line.baseline + 0.12 * line.size


def test_a_short_name_leaves_no_hole_above_its_english() -> None:
    name, name_en, *_ = column_of(face())
    assert (name.text, name_en.text) == ("示例面馆", "Example noodles")
    assert name_en.baseline - name_en.size - name.baseline < name.size / 2


def test_text_grows_and_stands_in_the_middle_where_no_office_is_named() -> None:
    alone, above = column_of(face()), column_of(face(), OFFICE)
    assert alone[0].size > above[0].size
    over = alone[0].baseline - 0.88 * alone[0].size - CODE.y
    under = CODE.y + CODE.height - bottom_of(alone[-1])
    assert over == pytest.approx(under, abs=3)
    assert max(map(bottom_of, above)) < SEAL.y
    assert [line.text for line in column_of(face(), "", None)] == [line.text for line in alone]


def test_the_number_stands_below_the_code_as_wide_as_it() -> None:
    [number] = [line for line in plate_lines(face(), "", text_column()) if line.text.startswith("No. ")]
    quiet = 4 * module_side(plate_matrix(face()))
    assert number.x == pytest.approx(CODE.x + quiet)
    assert number.x + half_widths(number.text) * number.size / 2 == pytest.approx(CODE.x + CODE.width - quiet, abs=1)


def test_a_licence_is_printed_where_there_is_one() -> None:
    assert any("示例-0001" in line.text for line in column_of(face(licence="示例-0001")))
    assert not any("许可证号" in line.text for line in column_of(face()))


def test_seal_and_band_lie_beside_the_code() -> None:
    assert CODE.y >= BAND.y + BAND.height
    assert SEAL.x >= CODE.x + CODE.width


def test_texts_say_what_a_scan_is_for_and_can_be_found_in_the_file() -> None:
    pdf = plate_pdf([face(name="示例𠮷面馆")], office_name=OFFICE, seal=None)
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range().replace("\r\n", "")
    for said in ("清真食品经营监督牌", "示例𠮷面馆", "Example noodles", OFFICE, "投诉举报", "No. 01K0-0000"):
        assert said in text
    assert "licence" in text.replace("-", "")
    svg = parsed(plate_svg(face(), office_name=OFFICE, seal=None))
    shown = [element.text for element in svg.iter(f"{SVG}text")]
    assert {"清真食品经营监督牌", "示例面馆", OFFICE} <= set(shown)


def test_the_seal_is_printed_in_its_place_whatever_its_shape() -> None:
    for width, height in ((300, 300), (600, 100), (50, 400)):
        [page] = pages(plate_pdf([face()], office_name=OFFICE, seal=png(width, height)))
        seal = cropped(page, SEAL)
        assert seal.getpixel((seal.width // 2, seal.height // 2)) == (255, 0, 0)
        seen = plate_svg(face(), office_name=OFFICE, seal=png(width, height))
        [image] = parsed(seen).iter(f"{SVG}image")
        ratio = float(image.attrib["width"]) / float(image.attrib["height"])
        assert ratio == pytest.approx(width / height, rel=0.02)
    [page] = pages(plate_pdf([face()], office_name=OFFICE, seal=None))
    assert cropped(page, SEAL).getcolors() == [
        (cropped(page, SEAL).width * cropped(page, SEAL).height, (255, 255, 255))
    ]


def test_a_transparent_seal_lies_on_white() -> None:
    [page] = pages(plate_pdf([face()], office_name=OFFICE, seal=png(100, 100, (0, 0, 0, 0), "RGBA")))
    assert cropped(page, SEAL).getpixel((90, 90)) == (255, 255, 255)


@pytest.mark.parametrize(
    "seal",
    [b"", b"no picture", png(300, 300)[:60], png(3000, 3000), b"\x89PNG" + bytes(MOST_ARTWORK_BYTES)],
    ids=["empty", "text", "cut", "pixels", "bytes"],
)
def test_a_broken_seal_is_refused_before_anything_is_drawn(seal: bytes) -> None:
    with pytest.raises(BadArtwork):
        ensure_seal(seal)
    with pytest.raises(BadArtwork):
        plate_pdf([face()], office_name="", seal=seal)
    with pytest.raises(BadArtwork):
        plate_svg(face(), office_name="", seal=seal)


def test_the_code_is_made_of_shapes_and_not_of_pixels() -> None:
    with pikepdf.open(BytesIO(plate_pdf([face()], office_name=OFFICE, seal=None))) as pdf:
        assert "/XObject" not in pdf.pages[0].Resources
        content: bytes = pdf.pages[0].Contents.read_bytes()
    assert content.count(b" re\n") > 1000


@settings(derandomize=True, deadline=None, database=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=120),
    st.integers(1, 4),
)
def test_a_fitted_text_keeps_every_character_within_its_box(text: str, most_lines: int) -> None:
    fitted = fit_text(text, width=92, height=30, most_lines=most_lines, largest=12)
    assert "".join(fitted.lines) == text
    assert len(fitted.lines) <= most_lines
    assert fitted.size * 1.2 * len(fitted.lines) <= 30.001
    assert max(half_widths(line) for line in fitted.lines) * fitted.size / 2 <= 92.001
    assert fitted.size <= 12


def test_english_breaks_between_words() -> None:
    fitted = fit_text("Example Halal Noodles, East Gate", width=40, height=30, most_lines=3, largest=12)
    assert " ".join(fitted.lines) == "Example Halal Noodles, East Gate"
    assert len(fitted.lines) > 1


@pytest.mark.parametrize("text", ["", "  ", "\x00\u202e"])
def test_a_text_of_nothing_is_a_defect(text: str) -> None:
    with pytest.raises(ValueError, match="printable"):
        fit_text(text, width=10, height=10, most_lines=1, largest=5)


def test_what_steers_directions_is_left_out() -> None:
    assert fit_text("示例\u202e面馆\n", width=90, height=10, most_lines=1, largest=5).lines == ("示例面馆",)
