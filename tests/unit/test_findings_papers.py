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
from services.patrols.findings.papers import NoticeOrder, draw_notice

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
