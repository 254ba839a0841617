"""Slips on paper: one page, large type, masked names, and a code that reads as it was signed."""

from datetime import UTC, date, datetime
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from qr.entry_code import EntryForm, paper_code, read_entry_code, sign_entry_pass
from qr.keyring import Keyring, KeyState, SigningKey, VerifyKey
from server.paper_wire import DRAWN_BY, order_message, read_order
from services.reservations.window.papers import BODY, DAY, HOUR, MOST_NAMES, SlipOrder, draw_slip
from services.reservations.window.slips import end_on_the_clock
from tests.factories import make_entry_pass

SIGNING = SigningKey(kid=1, seed=bytes(range(32)))
RING = Keyring(active=SIGNING, verify_keys={1: VerifyKey(kid=1, public=SIGNING.public, state=KeyState.ACTIVE)})
POINT = "示***"


def make_order(**changes: Any) -> SlipOrder:
    code = paper_code(sign_entry_pass(make_entry_pass(form=EntryForm.PAPER, kid=1), RING))
    fields: dict[str, Any] = {
        "venue_name": "示例寺",
        "venue_name_en": "Example Temple",
        "on": date(2026, 11, 25),
        "lunar_day": "农历十月十七",
        "starts": "09:00",
        "ends": "11:00",
        "party_size": 2,
        "names": (POINT, POINT),
        "code": code,
    }
    return SlipOrder(**{**fields, **changes})


def text_of(pdf: pypdfium2.PdfDocument) -> str:
    return "".join(str(page.get_textpage().get_text_range()) for page in pdf)


def test_a_slip_is_one_page_of_a5_that_says_it_all() -> None:
    pdf = pypdfium2.PdfDocument(draw_slip(make_order()))
    assert len(pdf) == 1
    assert [round(side / 72 * 25.4) for side in pdf[0].get_size()] == [148, 210]
    text = text_of(pdf).replace(" ", "").replace("\r\n", "")
    for expected in (
        *("示例寺", "ExampleTemple", "2026年11月25日星期三", "农历十月十七", "Wednesday,25November2026"),
        *("09:00–11:00", "2人", "2people", POINT, "后四位", "lastfourcharacters"),
    ):
        assert expected in text, expected


def test_its_one_code_reads_as_it_was_signed() -> None:
    order = make_order()
    picture = pypdfium2.PdfDocument(draw_slip(order))[0].render(scale=2).to_pil()
    [code] = zxingcpp.read_barcodes(picture)
    assert code.text == order.code
    read = read_entry_code(code.text, RING)
    assert (read.entry_pass.form, read.rotation) == (EntryForm.PAPER, None)


def test_the_type_is_large() -> None:
    page = pypdfium2.PdfDocument(draw_slip(make_order()))[0]
    sizes = {round(one.get_font_size(), 1) for one in page.get_objects() if isinstance(one, pypdfium2.PdfTextObj)}
    assert min(sizes) >= BODY
    assert {DAY, HOUR} <= sizes


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((POINT,) * MOST_NAMES, POINT),
        ((POINT,) * 20, "等20人"),
        (("E" + "*" * 40,), "E*******…"),
    ],
)
@pytest.mark.parametrize("venue", ["寺", "示例长名称" * 8])
def test_nothing_stands_on_anything_else(names: tuple[str, ...], shown: str, venue: str) -> None:
    order = make_order(
        names=names, party_size=len(names), venue_name=venue, venue_name_en="Long name " * (len(venue) // 4 or 1)
    )
    page = pypdfium2.PdfDocument(draw_slip(order))[0]
    assert shown in page.get_textpage().get_text_range().replace(" ", "")
    boxes = [one.get_bounds() for one in page.get_objects() if isinstance(one, pypdfium2.PdfTextObj)]
    width, height = page.get_size()
    assert min(box[0] for box in boxes) >= 0
    assert min(box[1] for box in boxes) >= 0
    assert max(box[2] for box in boxes) <= width
    assert max(box[3] for box in boxes) <= height
    for at, (left, bottom, right, top) in enumerate(boxes):
        for other in boxes[at + 1 :]:
            apart = other[0] >= right or left >= other[2] or other[1] >= top - 1 or bottom >= other[3] - 1
            assert apart, (boxes[at], other)


def test_the_same_order_gives_the_same_bytes() -> None:
    order = make_order()
    assert draw_slip(order) == draw_slip(order)


def test_a_slip_travels_to_the_paper_worker_as_it_is() -> None:
    order = make_order()
    assert read_order(*order_message(order)) == order
    assert DRAWN_BY[SlipOrder] is draw_slip
    assert order.code not in repr(order)


@pytest.mark.parametrize(
    ("ends_at", "shown"),
    [
        (datetime(2026, 11, 25, 3, tzinfo=UTC), "11:00"),
        (datetime(2026, 11, 25, 16, tzinfo=UTC), "24:00"),
        (datetime(2026, 11, 25, 17, 30, tzinfo=UTC), "01:30"),
    ],
)
def test_midnight_is_the_end_of_a_day(ends_at: datetime, shown: str) -> None:
    assert end_on_the_clock(ends_at, date(2026, 11, 25)) == shown
