"""Compares schemas with what was released: what readers of our records relied on must still hold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.sync.standard.promises import LEAST, MEANINGS, MOST, Promise, Promises, promises_of

Lock = Mapping[str, Promises]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference between a schema and its lock: where, and what became of it."""

    path: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How the schema `standard`, such as `outlet/1`, stands to the lock.

    `breaking` changes take from readers what they relied on: they need a new major version, in a file of its own.
    `other` changes keep every promise; they need a higher minor version, which `version_grew` tells. `unreleased`
    tells that the lock does not say what the schema says.
    """

    standard: str
    breaking: tuple[Change, ...] = ()
    other: tuple[Change, ...] = ()
    version_grew: bool = True
    unreleased: bool = False

    @property
    def may_be_released(self) -> bool:
        """Tell whether the lock may be written anew."""
        return not self.breaking and self.version_grew


def compare_all(documents: Iterable[Mapping[str, Any]], lock: Lock) -> list[Verdict]:
    """Return a verdict for each schema and each released one, by name."""
    present = {str(document["x-standard"]): promises_of(document) for document in documents}
    verdicts = [_compare(name, promised, lock.get(name)) for name, promised in present.items()]
    gone = (Change(path="", what="a released version is gone; its file must stay"),)
    verdicts += [Verdict(standard=name, breaking=gone) for name in lock.keys() - present.keys()]
    return sorted(verdicts, key=lambda one: one.standard)


def lock_of(documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the lock that says what the schemas promise now."""
    return {str(one["x-standard"]): promises_of(one) for one in sorted(documents, key=lambda one: one["x-standard"])}


def _compare(name: str, now: Promises, before: Promises | None) -> Verdict:
    if before is None:
        return Verdict(standard=name, unreleased=True)
    breaking = tuple(_broken(before["paths"], now["paths"]))
    other = () if breaking else tuple(_other(before["paths"], now["paths"]))
    minor, minor_before = _minor(now), _minor(before)
    return Verdict(
        standard=name,
        breaking=breaking,
        other=other,
        version_grew=minor > minor_before if other else minor >= minor_before,
        unreleased=now != before,
    )


def _minor(promises: Promises) -> int:
    return int(str(promises["version"]).partition(".")[2])


def _broken(before: Mapping[str, Promise], now: Mapping[str, Promise]) -> Iterator[Change]:
    for path, promise in before.items():
        if path not in now:
            yield Change(path=path, what="removed")
        else:
            yield from (Change(path=path, what=what) for what in _taken_back(promise, now[path]))


def _other(before: Mapping[str, Promise], now: Mapping[str, Promise]) -> Iterator[Change]:
    for path, promise in now.items():
        if path not in before:
            yield Change(path=path, what="added")
        elif promise != before[path]:
            yield Change(path=path, what="promises more, or is expected otherwise")


def _taken_back(before: Promise, now: Promise) -> Iterator[str]:
    """Yield what a reader relied on and can no longer."""
    new_types = set(now["types"]) - set(before["types"])
    # Every whole number is a number.
    if not new_types <= ({"integer"} if "number" in before["types"] else set()):
        yield f"may now be {', '.join(sorted(new_types))}"
    yield from _loosened(before, now)
    yield from (f"{name} is another" for name in MEANINGS if name in before and now.get(name) != before[name])
    if "x-pseudonym" in now and "x-pseudonym" not in before:
        yield "ids that were known are now pseudonyms"
    for name in LEAST:
        if name in before and now.get(name, float("-inf")) < before[name]:
            yield f"{name} is lower"
    for name in MOST:
        if name in before and now.get(name, float("inf")) > before[name]:
            yield f"{name} is higher"


def _loosened(before: Promise, now: Promise) -> Iterator[str]:
    for name, what in (
        ("required", "may be left out"),
        ("closed", "may have members that are not described"),
        ("uniqueItems", "may have the same item twice"),
    ):
        if before.get(name) and not now.get(name):
            yield what
    if "enum" in before and "enum" not in now:
        yield "has no closed list of values"
    elif "enum" in before:
        # By JSON: 1 and true are two values.
        added = [one for one in now["enum"] if not any(_same(one, known) for known in before["enum"])]
        if added:
            yield f"may now be {', '.join(map(str, added))}"


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other
