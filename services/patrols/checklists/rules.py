"""What answers to a checklist come to, free of input and output."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.common.errors import FieldError
from services.patrols.checklists.errors import AnswersInvalid
from services.patrols.checklists.model import Answer, Condition, Failed, Outcome, Question, Release, Severity
from services.patrols.checklists.values import PICTURES, compares, fails, value_faults
from services.patrols.sites.model import CheckResult

MOST_PHOTOS = 20


@dataclass(frozen=True, kw_only=True)
class _Given:
    """An answer, and where it stands in what was sent."""

    path: str
    answer: Answer


def evaluate(release: Release, answers: Sequence[Answer], visited_on: date) -> Outcome:
    """Return what the answers of a visit on that day come to; their order does not matter.

    Questions are taken in their order, so that each condition looks at what was answered before. An answer to a
    question that is not asked is set aside unread: a phone sends it when an earlier answer was changed afterwards, and
    the visit must not be lost for that. Raises AnswersInvalid with all faults.
    """
    given, faults = _sorted_out(release, answers)
    counted: dict[str, Answer] = {}
    failed: list[Failed] = []
    asked: set[str] = set()
    for question in release.questions:
        if not all(_holds(condition, counted) for condition in question.when):
            continue
        asked.add(question.id)
        one = given.get(question.id)
        if one is None:
            faults += [_missing(question)] if question.required else []
            continue
        wrong = [*_faults(question, one, visited_on)]
        faults += wrong
        if any(fault.path == f"{one.path}.value" for fault in wrong):
            continue
        # What lacks a photo only still tells which questions follow, so that all that is missing is named at once.
        counted[question.id] = one.answer
        failed += _failure(question, one.answer, visited_on)
    if faults:
        raise AnswersInvalid(errors=tuple(faults))
    return Outcome(
        result=_result(failed),
        asked=len(asked),
        answered=len(counted),
        failed=tuple(failed),
        set_aside=tuple(given[one.id].answer for one in release.questions if one.id in given and one.id not in asked),
    )


def _sorted_out(release: Release, answers: Sequence[Answer]) -> tuple[Mapping[str, _Given], list[FieldError]]:
    known = {question.id for question in release.questions}
    given: dict[str, _Given] = {}
    faults: list[FieldError] = []
    for at, answer in enumerate(answers):
        path = f"answers[{at}]"
        if answer.question_id not in known:
            faults.append(
                FieldError(path=f"{path}.question_id", code="question_unknown", detail="there is no such question")
            )
        elif answer.question_id in given:
            faults.append(
                FieldError(path=f"{path}.question_id", code="repeated", detail="this question is answered already")
            )
        else:
            given[answer.question_id] = _Given(path=path, answer=answer)
    return given, faults


def _missing(question: Question) -> FieldError:
    return FieldError(
        path="answers", code="required", detail=f"an answer to {question.id} is required", values=(question.id,)
    )


def _holds(condition: Condition, counted: Mapping[str, Answer]) -> bool:
    answer = counted.get(condition.question_id)
    return answer is not None and compares(answer.value, condition.comparison, condition.value)


def _faults(question: Question, one: _Given, visited_on: date) -> Iterator[FieldError]:
    wrong = [*value_faults(question, one.answer.value, f"{one.path}.value")]
    yield from wrong
    photos, path = one.answer.photos, f"{one.path}.photos"
    if len(photos) > MOST_PHOTOS:
        yield FieldError(path=path, code="too_long", detail=f"at most {MOST_PHOTOS}", values=(str(MOST_PHOTOS),))
    for at, photo in enumerate(photos):
        if photo in photos[:at]:
            yield FieldError(path=f"{path}[{at}]", code="repeated", detail="this photo was named before")
    needed = question.photos_always
    if question.type in PICTURES:
        needed = max(1, needed)
    elif not wrong and fails(question, one.answer.value, visited_on):
        needed = max(needed, question.photos_on_failure)
    if len(photos) < needed:
        yield FieldError(
            path=path, code="evidence_missing", detail=f"at least {needed} photos are needed", values=(str(needed),)
        )


def _failure(question: Question, answer: Answer, visited_on: date) -> list[Failed]:
    if question.failure is None or not fails(question, answer.value, visited_on):
        return []
    return [Failed(question=question, failure=question.failure, answer=answer)]


def _result(failed: Sequence[Failed]) -> CheckResult:
    if any(one.failure.severity is Severity.CRITICAL for one in failed):
        return CheckResult.FAILED
    return CheckResult.FINDINGS if failed else CheckResult.PASSED
