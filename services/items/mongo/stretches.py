"""Long lists of ids, a bearable number in each question."""

from collections.abc import Collection, Iterator

IDS_AT_ONCE = 500


def stretches(ids: Collection[str]) -> Iterator[list[str]]:
    """Yield the ids in lists of at most IDS_AT_ONCE."""
    listed = list(ids)
    for start in range(0, len(listed), IDS_AT_ONCE):
        yield listed[start : start + IDS_AT_ONCE]
