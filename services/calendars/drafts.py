"""What somebody wrote, and the faults found in it, each with the path of its field."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from services.common.errors import FieldError

# A part of a calendar as it came: every field that the wire knows, None where it was left out.
Written = Mapping[str, Any]
Name = TypeVar("Name", bound=StrEnum)


class Faults:
    """Gathers faults below a path; all parts of one draft share one list."""

    def __init__(self, path: str = "", found: list[FieldError] | None = None) -> None:
        self._path = path
        self.found: list[FieldError] = [] if found is None else found

    def at(self, path: str) -> "Faults":
        """Return where faults of a part go."""
        return Faults(self._under(path), self.found)

    def add(self, path: str, code: str, detail: str, *values: str) -> None:
        """Note a fault."""
        self.found.append(FieldError(path=self._under(path), code=code, detail=detail, values=values))

    def _under(self, path: str) -> str:
        return f"{self._path}.{path}" if self._path else path

    def ensure_fields(self, written: Written, *, needed: frozenset[str], allowed: frozenset[str]) -> None:
        """Note each field that this kind needs and has not, or has and does not know."""
        for name, value in written.items():
            if name in needed and value is None:
                self.add(name, "required", "this kind needs this field")
            elif value is not None and name not in needed | allowed | {"kind"}:
                self.add(name, "not_of_this_kind", "this kind has no such field")

    def distinct(self, written: Written, name: str) -> tuple[Any, ...]:
        """Return a list without what is not there; notes what stands in it twice."""
        values = tuple(written[name] or ())
        self.repeated(values, lambda at: f"{name}[{at}]")
        return values

    def choices(self, written: Written, kind: type[Name]) -> tuple[Name, ...]:
        """Return `names` as members of `kind`; notes what is none."""
        known = {one.value for one in kind}
        names = self.distinct(written, "names")
        for at, name in enumerate(names):
            if name not in known:
                choices = ", ".join(kind)
                self.add(f"names[{at}]", "not_allowed", f"must be one of: {choices}", choices)
        return tuple(kind(name) for name in names if name in known)

    def repeated(self, values: Sequence[Any], path: Callable[[int], str]) -> None:
        """Note each value that stands in the list before."""
        for at, value in enumerate(values):
            if value in values[:at]:
                self.add(path(at), "repeated", "this was named before")
