"""Templates as operators write them, and the texts that they become: all within WeChat's limits."""

from dataclasses import replace

import pytest

from server.wechat_sandbox.messages import ensure_message
from services.notifications.errors import TemplateUnusable, Unrenderable
from services.notifications.model import NO, YES, Fact, NoticeKind, NoticeState
from services.notifications.templates import DEMO_TEMPLATES, Template, fitting, page_of, read_template, render
from services.notifications.wording import ADVICE, ENGLISH, PHRASES, STATES
from tests.notices import make_notice

ALL = "tpl-1 thing1=venue time2=starts_at date3=respond_by number4=party_size phrase5=what thing6=advice"
FACTS = {
    Fact.STARTS_AT: "2026-11-24T01:05:00+00:00",
    Fact.RESPOND_BY: "2026-12-31T23:59:00+08:00",
    Fact.PARTY_SIZE: "12",
}


def template(text: str = ALL) -> Template:
    found = read_template(text)
    assert found is not None
    return found


def test_a_template_shows_what_its_fields_are_told_to() -> None:
    assert render(make_notice(facts=FACTS), template(), "示例场所") == {
        "thing1": "示例场所",
        "time2": "2026年11月24日 09:05",
        "date3": "2026年12月31日 23:59",
        "number4": "12",
        "phrase5": "预约成功",
        "thing6": "请携带证件，按时到场",
    }


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("outcome", [YES, NO])
def test_every_message_is_one_that_wechat_takes(kind: NoticeKind, outcome: str) -> None:
    notice = make_notice(kind=kind, facts={**FACTS, Fact.OUTCOME: outcome})
    for text in (ALL, DEMO_TEMPLATES[kind]):
        fields = render(notice, template(text), "示例" * 30)
        message = {
            "template_id": template(text).id,
            "page": page_of(notice),
            "data": {name: {"value": value} for name, value in fields.items()},
        }
        assert ensure_message(message) == template(text).id


def test_there_are_words_for_everything() -> None:
    wanted = {(kind, yes) for kind in NoticeKind for yes in (True, False)}
    assert set(PHRASES) == set(ADVICE) == set(ENGLISH) == wanted
    assert set(STATES) == set(NoticeState)
    assert all(len(phrase) <= 5 for phrase in PHRASES.values())
    assert all(len(advice) <= 20 for advice in ADVICE.values())


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("示例场所", "示例场所"),
        ("示" * 20, "示" * 20),
        ("示" * 21, "示" * 19 + "…"),
        ("示例\n场所\u202e", "示例 场所"),
    ],
)
def test_a_name_is_cut_to_fit(name: str, shown: str) -> None:
    assert fitting(name) == shown


def test_a_venue_without_a_name_is_shown_all_the_same() -> None:
    assert render(make_notice(), template("t thing1=venue"), None) == {"thing1": "预约场所"}


@pytest.mark.parametrize("missing", list(FACTS))
def test_a_fact_that_is_missing_or_nonsense_is_found_out(missing: str) -> None:
    notice = make_notice(facts=FACTS)
    for facts in ({name: text for name, text in FACTS.items() if name != missing}, {**FACTS, missing: "x"}):
        with pytest.raises(Unrenderable):
            render(replace(notice, facts=facts), template(), "示例场所")


def test_a_tap_opens_the_visit_or_what_may_lead_to_one() -> None:
    assert page_of(make_notice(subject_id="rsv_1")) == "pages/visit/visit?id=rsv_1"
    offer = make_notice(kind=NoticeKind.WAITLIST_OFFER, subject_id="wai_1")
    assert page_of(offer) == "pages/visit/visit?id=wai_1"
    assert page_of(replace(offer, facts={Fact.RESERVATION_ID: "rsv_2"})) == "pages/visit/visit?id=rsv_2"


def test_an_empty_setting_is_no_template() -> None:
    assert read_template("") is read_template("  ") is None


@pytest.mark.parametrize(
    "text",
    [
        "tpl",
        "thing1=venue",
        "tpl thing1",
        "tpl thing1=",
        "tpl thing1=colour",
        "tpl number1=venue",
        "tpl thing1=venue thing1=advice",
        "tpl thing123=venue",
        "tpl 1=venue",
        "城隍庙 thing1=venue",
        f"{'x' * 65} thing1=venue",
    ],
)
def test_what_cannot_be_a_template_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(TemplateUnusable, match=r"It must|is not one of"):
        read_template(text)
