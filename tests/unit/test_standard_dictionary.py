"""The data dictionary says of each property what its schema says, as a page and as a spreadsheet."""

import io
from html.parser import HTMLParser

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from handlers.standard_pages import dictionary_page
from server.embedded import PROJECT
from server.sync.dictionary_book import CODES, FIELDS, LISTS, LONGEST_TITLE, OVERVIEW, sheets_of
from server.sync.standard_files import load_documents
from services.sync.model import RecordKind
from services.sync.quality.rules import RULES
from services.sync.standard.code_lists import CODE_LISTS
from services.sync.standard.dictionary import Entry, dictionary_of
from services.sync.standard.properties import properties_of
from services.tables.writing import write_book

DOCUMENTS = load_documents()
DICTIONARY = dictionary_of(DOCUMENTS.values())
BOOK = openpyxl.load_workbook(io.BytesIO(write_book(sheets_of(DICTIONARY))))


def entry(standard: str, path: str) -> Entry:
    [chapter] = [one for one in DICTIONARY.chapters if one.standard == standard]
    [found] = [one for one in chapter.entries if one.path == path]
    return found


def test_every_property_has_a_row_with_names_in_both_languages() -> None:
    for chapter, document in zip(
        DICTIONARY.chapters, sorted(DOCUMENTS.values(), key=lambda one: one["x-standard"]), strict=True
    ):
        named = [one.path for one in properties_of(document) if not one.is_item]
        assert [one.path for one in chapter.entries] == named
        assert all(one.title.zh and one.title.en and one.type.zh and one.type.en for one in chapter.entries)


def test_a_row_says_what_the_schema_says() -> None:
    uscc = entry("outlet/1", "uscc")
    assert (uscc.nullable, uscc.expected, uscc.code_list, uscc.type.zh) == (True, True, "GB 32100", "文本")
    party = entry("reservation/1", "party_size")
    assert (party.bounds.zh, party.type.en, party.nullable) == ("≥ 1", "whole number", False)
    assert entry("outlet/1", "longitude").bounds.en == "-180 – 180"
    assert entry("reservation/1", "visit_on").type.en == "date"
    named = entry("admission/1", "reservation_id")
    assert (named.record, named.pseudonym) == ("reservation", "reservation")
    status = entry("reservation/1", "status")
    assert [(one.value, one.words.zh, one.words.en) for one in status.choices] == [
        ("booked", "已预约", "Booked"),
        ("cancelled", "已取消", "Cancelled"),
    ]
    unusual = entry("check_in/1", "circumstances")
    assert unusual.type.en == "list (text)"
    assert "late_upload" in [one.value for one in unusual.choices]


def test_code_lists_tell_who_uses_them() -> None:
    assert {one.name for one in DICTIONARY.code_lists} == set(CODE_LISTS)
    [organisations] = [one for one in DICTIONARY.code_lists if one.name == "GB 32100"]
    assert organisations.used_by == ("outlet/1: uscc",)


def test_the_spreadsheet_has_an_overview_a_sheet_a_kind_and_the_codes() -> None:
    first, *kinds, codes, lists = BOOK.worksheets
    assert [first.title, codes.title, lists.title] == ["总览 Overview", "代码 Codes", "代码表 Code lists"]
    assert [one.title.partition(" ")[0] for one in kinds] == [one.kind for one in DICTIONARY.chapters]
    assert all(len(one.title) <= LONGEST_TITLE for one in BOOK.worksheets)
    assert [one.max_row for one in kinds] == [len(one.entries) + 1 for one in DICTIONARY.chapters]
    heads = [OVERVIEW, *[FIELDS] * len(kinds), CODES, LISTS]
    for sheet, head in zip(BOOK.worksheets, heads, strict=True):
        assert [cell.value for cell in sheet[1]] == [text for text, _ in head]
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("A2", "$1:$1")
        letters = [get_column_letter(at) for at in range(1, len(head) + 1)]
        assert [sheet.column_dimensions[letter].width for letter in letters] == [width for _, width in head]


def test_no_cell_is_a_formula() -> None:
    kinds = {cell.data_type for sheet in BOOK.worksheets for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "inlineStr"}


class Tags(HTMLParser):
    """The tags of a page, and which were left open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name == "style"]
        if tag not in {"meta", "link", "path", "rect"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"path", "rect"}:
            assert self.open.pop() == tag


def test_the_page_is_well_formed_and_runs_nothing() -> None:
    tags = Tags(dictionary_page(DICTIONARY).decode())
    assert tags.open == []
    assert "script" not in tags.seen
    assert {"table", "section", "thead"} <= tags.seen


def test_what_a_schema_says_is_no_markup() -> None:
    spoilt = {**DOCUMENTS["slot.v1.schema.json"], "title": "<script>", "x-title-zh": "<b>时段</b>"}
    page = dictionary_page(dictionary_of([spoilt])).decode()
    assert "<script" not in page
    assert "&lt;b&gt;时段" in page


@pytest.mark.parametrize("kind", RULES)
def test_every_rule_of_quality_is_described(kind: RecordKind) -> None:
    text = (PROJECT / "docs" / "standard" / "quality.md").read_text(encoding="utf-8")
    assert [rule.name for rule in RULES[kind] if f"`{rule.name}`" not in text] == []
