"""Says what a JSON Schema finds wrong: where and by which rule, never with which value."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from jsonschema_rs import ValidationError, ValidationErrorKind

from services.sync.standard.model import Flaw

MOST_FLAWS = 5
LONGEST_NAME = 60  # of a property that no schema knows: whoever wrote it chose it


def first_flaws(errors: Iterable[ValidationError]) -> Sequence[Flaw]:
    """Return the first few flaws, each once; of a property that lacks or is too much, the path names it."""
    return list(islice(_each_once(flaw for error in errors for flaw in _flaws(error)), MOST_FLAWS))


def first_unnamed_flaws(errors: Iterable[ValidationError]) -> Sequence[Flaw]:
    """Return the first few flaws, each once, of what somebody else wrote, who may call a property by a person's name.

    Of a property that is too much, the path is that of what it is in.
    """
    return list(islice(_each_once(flaw for error in errors for flaw in _unnamed_flaws(error)), MOST_FLAWS))


def _unnamed_flaws(error: ValidationError) -> Iterator[Flaw]:
    if isinstance(error.kind, ValidationErrorKind.AdditionalProperties):
        yield Flaw(path=_path(error.instance_path), rule=str(error.schema_path[-1]))
    else:
        yield from _flaws(error)


def _each_once(flaws: Iterable[Flaw]) -> Iterator[Flaw]:
    seen: set[Flaw] = set()
    for flaw in flaws:
        if flaw not in seen:
            seen.add(flaw)
            yield flaw


def _flaws(error: ValidationError) -> Iterator[Flaw]:
    steps, rule = error.instance_path, str(error.schema_path[-1])
    match error.kind:
        case ValidationErrorKind.Required(property=name):
            yield Flaw(path=_path([*steps, name]), rule=rule)
        case ValidationErrorKind.AdditionalProperties(unexpected=names):
            for name in names:
                yield Flaw(path=_path([*steps, name[:LONGEST_NAME]]), rule=rule)
        case _:
            yield Flaw(path=_path(steps), rule=rule)


def _path(steps: Sequence[str | int]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".") or "$"
