"""What the page of an item says: its headline, its state, its checks, and for how long it warns."""

from datetime import date

import pytest

from handlers.check_pages import CheckPageHandler
from handlers.item_page_words import CAUTIONS
from handlers.item_pages import kind_of, texts_of
from services.items.public.model import (
    Answer,
    Caution,
    LogProof,
    ProofStatus,
    PublicItem,
    PublicState,
    Verdict,
)
from tests.factories import NOW

PROOF = LogProof(index=0, status=ProofStatus.PENDING)


def answer(
    *warnings: Caution, state: PublicState = PublicState.IN_USE, checks: int = 1, last: date | None = None
) -> Answer:
    item = PublicItem(
        type_name="示例香炉",
        type_name_en=None,
        name=None,
        attributes=[],
        state=state,
        warnings=warnings,
        first_checked_at=NOW,
        checks=checks,
        last_checked_on=last,
        proof=PROOF,
    )
    return Answer(verdict=Verdict.GENUINE, code="0000", item=item)


@pytest.mark.parametrize(
    ("caution", "chinese", "english"),
    [(Caution.STOLEN, "已报失窃", "Reported stolen"), (Caution.RECALLED, "已召回", "Recalled")],
)
def test_what_was_stolen_or_recalled_is_an_alarm_and_the_headline_says_so(
    caution: Caution, chinese: str, english: str
) -> None:
    found = answer(caution)
    assert kind_of(found) == "alarm"
    told = {language: texts_of(found, language) for language in ("zh", "en")}
    assert (told["zh"]["verdict"].title, told["zh"]["aside"]) == (chinese, english)
    assert (told["en"]["verdict"].title, told["en"]["aside"]) == (english, chinese)
    assert "码本身是真的" in told["zh"]["verdict"].advice
    assert "The code itself is genuine" in told["en"]["verdict"].advice
    assert ("状态", chinese) in told["zh"]["facts"]
    assert ("State", english) in told["en"]["facts"]


def test_the_worst_alarm_is_the_headline_and_the_state_names_both() -> None:
    told = texts_of(answer(Caution.STOLEN, Caution.RECALLED), "zh")
    assert told["verdict"].title == "已报失窃"
    assert ("状态", "已报失窃、已召回") in told["facts"]


def test_what_ended_keeps_its_state_beside_an_alarm() -> None:
    told = texts_of(answer(Caution.STOLEN, Caution.RETIRED, state=PublicState.RETIRED), "zh")
    assert told["verdict"].title == "已报失窃"
    assert ("状态", "已停用") in told["facts"]


@pytest.mark.parametrize("caution", sorted(set(Caution) - {Caution.STOLEN, Caution.RECALLED}))
def test_any_other_warning_asks_for_care(caution: Caution) -> None:
    found = answer(caution)
    assert kind_of(found) == "care"
    told = texts_of(found, "en")
    assert (told["verdict"].title, told["aside"]) == ("Genuine, but take care", None)


def test_a_single_check_names_one_time_and_a_later_one_two() -> None:
    assert texts_of(answer(), "zh")["checks"] == [("累计查验", "1 次"), ("首次查验", "就是这一次")]
    again = texts_of(answer(checks=2, last=date(2026, 11, 20)), "zh")["checks"]
    assert [label for label, _ in again] == ["累计查验", "上次查验", "首次查验"]


@pytest.mark.parametrize("caution", [Caution.IMPOSSIBLE_TRAVEL, Caution.MANY_CHECKS])
def test_suspicions_say_for_how_long_they_are_shown(caution: Caution) -> None:
    assert "24 小时" in CAUTIONS["zh"][caution].advice
    assert "显示" in CAUTIONS["zh"][caution].advice
    assert "24 hours" in CAUTIONS["en"][caution].advice
    assert "shown" in CAUTIONS["en"][caution].advice


def test_labels_are_never_narrower_than_their_longest_word() -> None:
    label = CheckPageHandler.style.partition("\ndt {")[2].partition("}")[0]
    # A flex item is never narrower than its longest word, unless it is told so; with `anywhere`, which the page has for
    # long values, each letter would be a word.
    assert "overflow-wrap: break-word" in label
    assert "flex: 0 0 7.5rem" in label
    assert "min-width" not in label
    assert "max-width: 100%" in label
