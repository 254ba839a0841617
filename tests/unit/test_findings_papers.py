"""The notice on paper, and the words of the owner's page."""

from datetime import date
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from handlers.rectification_words import HEADLINES, SEVERITIES, WORDS
from server.paper_wire import DRAWN_BY, order_message, read_order
from services.patrols.checklists.model import Severity
from services.patrols.findings.model import FindingState
from services.patrols.findings.papers import LONGEST_NOTE, MARGIN_MM, NoticeOrder, draw_notice

LINK = "https://code.example.cn/r/Vn3m0hHk1Yq5T9bX2cW7ZA"


def make_order(**changes: Any) -> NoticeOrder:
    fields: dict[str, Any] = {
        "number": "310101-2026-00001",
        "office_name": "示例市民族和宗教事务局",
        "site_name": "示例清真餐厅",
        "site_name_en": "Example halal restaurant",
        "address": "示例路 1 号",
        "found_on": date(2026, 11, 20),
        "title": "生熟食品未分开存放",
        "title_en": "Raw and cooked food not kept apart",
        "severity": Severity.MAJOR,
        "legal_basis": "《示例市清真食品管理条例》第八条",
        "due_on": date(2026, 11, 27),
        "issued_on": date(2026, 11, 22),
        "note": "冷柜第二层，无隔板。",
        "link": LINK,
    }
    return NoticeOrder(**{**fields, **changes})


def text_of(pdf: pypdfium2.PdfDocument) -> str:
    return "".join(str(page.get_textpage().get_text_range()) for page in pdf).replace("\r\n", "")


def test_a_notice_is_one_page_that_says_it_all_and_whose_code_opens_the_link() -> None:
    pdf = pypdfium2.PdfDocument(draw_notice(make_order()))
    assert len(pdf) == 1
    text = text_of(pdf)
    for expected in ("责令整改通知书", "310101-2026-00001", "较重", "2026年11月27日", "major", "by2026-11-27"):
        assert expected.replace(" ", "") in text.replace(" ", "")
    (code,) = zxingcpp.read_barcodes(pdf[0].render(scale=3).to_pil())
    assert code.text == LINK


def test_a_notice_says_what_the_inspector_noted_at_most_so_long() -> None:
    note = "<b>冷柜&" + "第二层" * 200
    pdf = pypdfium2.PdfDocument(draw_notice(make_order(note=note)))
    text = text_of(pdf)
    assert "检查人员说明<b>冷柜&第二层" in text.replace(" ", "")
    assert text.count("第二层") < LONGEST_NOTE // 3
    assert "……" in text
    assert "检查人员说明" not in text_of(pypdfium2.PdfDocument(draw_notice(make_order(note=""))))


@pytest.mark.parametrize("characters", range(1, 60))
def test_no_line_is_left_with_a_mark_or_a_few_characters(characters: int) -> None:
    """The words stand within the margins of the page, and so does the table around them."""
    order = make_order(address="示例路" + "一" * characters, note="二" * characters + "，无隔板。")
    page = pypdfium2.PdfDocument(draw_notice(order))[0]
    lines = [line.strip() for line in page.get_textpage().get_text_range().splitlines()]
    assert "于2026年11月27日前（含当日）" in "".join(lines).replace(" ", "")
    body = lines[: next(at for at, line in enumerate(lines) if line.startswith("扫码"))]
    assert [line for line in body if len(line) < 2 or line[0] in "，。；：）"] == []
    margin = MARGIN_MM / 25.4 * 72
    edges = [one.get_bounds() for one in page.get_objects()]
    assert min(left for left, *_ in edges) >= margin
    assert max(right for _, _, right, _ in edges) <= page.get_width() - margin


@pytest.mark.parametrize("word", ["<b>&amp;</b>", "无限" * 400, "x" * 900])
def test_any_words_fit(word: str) -> None:
    changes = dict.fromkeys(("site_name", "site_name_en", "address", "title", "title_en", "legal_basis"), word)
    pdf = pypdfium2.PdfDocument(draw_notice(make_order(**changes)))
    assert word[:12] in text_of(pdf)
    assert "Rectification notice" in text_of(pdf)


def test_a_notice_travels_to_the_paper_worker_as_it_is() -> None:
    order = make_order()
    assert read_order(*order_message(order)) == order
    assert DRAWN_BY[NoticeOrder] is draw_notice


def test_both_languages_have_all_words() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    for words in WORDS.values():
        assert {f"{name}_advice" for name in HEADLINES.values()} <= words.keys()
    for severities in SEVERITIES.values():
        assert set(severities) == set(Severity)
    assert set(FindingState) - set(HEADLINES) == {FindingState.DISPATCHED}, "its headline is the deadline"
