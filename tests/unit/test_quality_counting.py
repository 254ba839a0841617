"""Counting the quality of a kind, and the score that comes of it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.sync.standard_files import load_standard
from services.sync.model import RecordKind
from services.sync.quality.counting import MOST_OFFENDERS, Count
from services.sync.quality.model import Dimension, Mark, RefusedRecord
from services.sync.quality.spans import MOST_AT_ONCE, DayCount, spans_of

STANDARD = load_standard()
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
OBJECTIVE = timedelta(seconds=60)


def mark(number: int, *flaws: str, late: bool = False, references: tuple[str, ...] = ()) -> Mark:
    after = timedelta(seconds=61 if late else 1)
    return Mark(
        id=f"outlet:otl_{number}",
        source_id=f"otl_{number}",
        changed_at=NOON,
        delivered_at=NOON + after,
        flaws=flaws,
        references=references,
    )


def test_a_kind_is_counted_and_scored() -> None:
    refused = [RefusedRecord(source_id="otl_1", since=NOON), RefusedRecord(source_id="otl_9", since=NOON)]
    count = Count(STANDARD.schema(RecordKind.OUTLET), refused, OBJECTIVE)
    count.add(
        [
            mark(1),  # its next version was refused
            mark(2, "missing:uscc", "missing:licence_number"),
            mark(3, "rule:closed_without_reason", references=("outlet:otl_7",)),
            mark(4, late=True, references=("outlet:otl_2",)),
        ],
        unknown={"outlet:otl_7"},
    )
    measured = count.measured(NOON)
    assert (measured.counted, measured.delivered) == (5, 4)
    assert measured.kept == {
        Dimension.VALID: 3,
        Dimension.COMPLETE: 3,
        Dimension.TIMELY: 3,
        Dimension.CONSISTENT: 3,
    }
    assert [measured.score(one) for one in Dimension] == [60.0, 75.0, 75.0, 75.0]
    assert measured.total == 71.2
    assert measured.broken == {
        "late": 1,
        "missing:licence_number": 1,
        "missing:uscc": 1,
        "rule:closed_without_reason": 1,
        "standard": 2,
        "unresolved:outlet": 1,
    }
    assert [(one.rule, one.id) for one in measured.offenders if one.rule == "standard"] == [
        ("standard", "otl_1"),
        ("standard", "otl_9"),
    ]


def test_no_rule_hides_another_among_the_offenders() -> None:
    schema = STANDARD.schema(RecordKind.OUTLET)
    count = Count(schema, [], OBJECTIVE)
    for start in range(0, 10_000, 500):
        count.add([mark(number, "missing:uscc", late=True) for number in range(start, start + 500)], unknown=())
    count.add([mark(10_000, "rule:closed_without_reason")], unknown=())
    measured = count.measured(NOON)
    assert len(measured.offenders) <= MOST_OFFENDERS
    assert {one.rule for one in measured.offenders} == {"missing:uscc", "late", "rule:closed_without_reason"}
    assert measured.broken["late"] == 10_000


def test_nothing_has_no_score() -> None:
    measured = Count(STANDARD.schema(RecordKind.SLOT), [], OBJECTIVE).measured(NOON)
    assert (measured.total, [measured.score(one) for one in Dimension]) == (None, [None] * 4)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_only_what_is_flawless_scores_a_hundred(records: list[tuple[bool, bool, bool]]) -> None:
    count = Count(STANDARD.schema(RecordKind.OUTLET), [], OBJECTIVE)
    for number, (missing, broken, late) in enumerate(records):
        flaws = ["missing:uscc"] * missing + ["rule:closed_without_reason"] * broken
        count.add([mark(number, *flaws, late=late)], unknown=())
    measured = count.measured(NOON)
    for place, dimension in enumerate((Dimension.COMPLETE, Dimension.CONSISTENT, Dimension.TIMELY)):
        flawless = not any(record[place] for record in records)
        assert (measured.score(dimension) == 100) == flawless
    assert (measured.total == 100) == (not any(any(record) for record in records))


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.integers(1, 2 * MOST_AT_ONCE)),
        unique_by=lambda one: one[:2],
    )
)
def test_spans_hold_each_day_once_and_not_too_much(drawn: list[tuple[str, int, int]]) -> None:
    counts = [DayCount("chengma", district, f"2026-10-{day + 1:02}", count) for district, day, count in drawn]
    spans = list(spans_of(counts))
    for one in counts:
        [found] = [span for span in spans if span.district == one.district and span.first <= one.day <= span.last]
        assert found.is_large == (one.marks > MOST_AT_ONCE)
    for span in spans:
        held = [one for one in counts if one.district == span.district and span.first <= one.day <= span.last]
        assert sum(one.marks for one in held) <= MOST_AT_ONCE or (len(held) == 1 and span.is_large)
    assert len(spans) <= len(counts)
