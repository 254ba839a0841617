"""Questions and releases for tests, plain unless a test says otherwise."""

from typing import Any

from services.patrols.checklists.model import Answer, Failure, Question, QuestionType, Release, Section, Severity
from services.patrols.sites.model import SiteKind
from tests.factories import NOW, new_id

PHOTOS = tuple(f"{number:064x}" for number in range(30))


def make_failure(**changes: Any) -> Failure:
    wishes: dict[str, Any] = {
        "title": "安全出口被锁闭",
        "title_en": "An exit is locked",
        "severity": Severity.MAJOR,
        "legal_basis": "《中华人民共和国消防法》第二十八条",
        "deadline_days": 3,
    }
    return Failure(**wishes | changes)


def make_question(its_id: str, its_type: QuestionType = QuestionType.YES_NO, **changes: Any) -> Question:
    wishes: dict[str, Any] = {"id": its_id, "type": its_type, "text": "示例题目", "text_en": "An example"}
    return Question(**wishes | changes)


def make_failing(its_id: str, severity: Severity = Severity.MAJOR, **changes: Any) -> Question:
    """Return a question that no fails."""
    wishes: dict[str, Any] = {"fails_on": False, "failure": make_failure(severity=severity)}
    return make_question(its_id, **wishes | changes)


def sections_of(*questions: Question) -> tuple[Section, ...]:
    return (Section(title="示例", title_en="Example", questions=questions),)


def make_release(*questions: Question, **changes: Any) -> Release:
    template_id = new_id("tpl")
    wishes: dict[str, Any] = {
        "id": f"{template_id}:1",
        "template_id": template_id,
        "number": 1,
        "name": "示例检查表",
        "name_en": "Example",
        "site_kind": SiteKind.VENUE,
        "sections": sections_of(*questions),
        "released_at": NOW,
        "released_by": "stf_1",
        "version": 1,
    }
    return Release(**wishes | changes)


def answer(question_id: str, value: Any = None, photos: int = 0, note: str = "") -> Answer:
    return Answer(question_id=question_id, value=value, note=note, photos=PHOTOS[:photos])
