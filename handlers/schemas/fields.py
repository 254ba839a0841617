"""Fields with coded messages: `code [values]: what is wrong`, so that every fault has a stable code."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from enum import Enum
from itertools import islice
from typing import Any

from marshmallow import Schema, ValidationError, fields, missing, validate

from handlers.wire import wire_time
from services.common.errors import FieldError
from services.common.written import tidied

REQUIRED = "required: this field is required"
NULL = "null: this field may not be null"
UNKNOWN = "unknown_field: there is no such field"
TYPE = "wrong_type: this value has the wrong type"

# What a person can use; a hostile body could else make a reply many times its own size.
MOST_ERRORS = 100
_CODED = re.compile(r"(\w+)(?: \[(.*?)\])?: (.*)", re.DOTALL)

_COMMON = {"required": REQUIRED, "null": NULL, "validator_failed": "invalid_format: this value is not usable"}


class WireSchema(Schema):
    """One JSON object whose unknown fields are refused."""

    error_messages = {"unknown": UNKNOWN, "type": TYPE}  # noqa: RUF012 -- marshmallow's own convention

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._parts = {field.data_key or name: (name, field) for name, field in self.load_fields.items()}
        self._has_hooks = any(self._hooks.values())

    def make(self, values: dict[str, Any]) -> Any:
        """Return what the checked values are together: just themselves, unless a schema knows better."""
        return values

    def load(self, data: Any, **options: Any) -> Any:
        """Return what `data` says; raises ValidationError.

        What is right takes a short way. Only what is not right needs marshmallow's own, which finds all its faults.
        """
        if isinstance(data, dict) and not self._has_hooks and data.keys() <= self._parts.keys():
            with suppress(ValidationError):
                return self.make(
                    {
                        name: field.deserialize(data.get(key, missing), key, data)
                        for key, (name, field) in self._parts.items()
                    }
                )
        return self.make(super().load(data, **options))


class Text(fields.String):
    """Printable text of bounded length; `pattern` is for the whole of it."""

    default_error_messages = {**_COMMON, "invalid": TYPE, "invalid_utf8": TYPE}  # noqa: RUF012 -- as above

    def __init__(self, *, longest: int, shortest: int = 1, pattern: str | None = None, **kwargs: Any) -> None:
        rules: list[Any] = [_printable, _length(shortest, longest)]
        self._lengths = range(shortest, longest + 1)
        self._form = None if pattern is None else re.compile(rf"^{pattern}$")
        if self._form is not None:
            rules.append(validate.Regexp(self._form, error="invalid_format: this does not have the right form"))
        super().__init__(validate=rules, **kwargs)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """Return the text; raises ValidationError. Only what is not plainly right is judged rule by rule."""
        if isinstance(value, str) and self._is_plainly_right(value):
            return value
        return super().deserialize(value, attr, data, **kwargs)

    def _is_plainly_right(self, text: str) -> bool:
        if len(text) not in self._lengths or not text.isprintable() or not text.strip():
            return False
        return self._form is None or self._form.match(text) is not None


class ScannedText(fields.String):
    """Whatever a scanner read, up to a bound: what it means is decided later."""

    default_error_messages = {**_COMMON, "invalid": TYPE, "invalid_utf8": TYPE}  # noqa: RUF012 -- as above

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        super().__init__(validate=_length(1, longest), **kwargs)


class WrittenText(fields.String):
    """What somebody typed freely, in lines; what cannot be seen is left out and not refused."""

    default_error_messages = {**_COMMON, "invalid": TYPE, "invalid_utf8": TYPE}  # noqa: RUF012 -- as above

    def __init__(self, *, longest: int, shortest: int = 1, **kwargs: Any) -> None:
        super().__init__(validate=_length(shortest, longest), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tidied(super()._deserialize(value, attr, data, **kwargs))


class Count(fields.Integer):
    """A whole number within bounds; no strings, no fractions, no booleans (in JSON)."""

    default_error_messages = {**_COMMON, "invalid": TYPE, "too_large": "too_large: this number is too large"}  # noqa: RUF012 -- as above

    def __init__(self, *, least: int, most: int, strict: bool = True, **kwargs: Any) -> None:
        bounds = validate.Range(
            min=least,
            max=most,
            error=f"out_of_range [{least}|{most}]: from {least} to {most}",
        )
        super().__init__(strict=strict, validate=bounds, **kwargs)
        self._from_json = strict

    def _validated(self, value: Any) -> Any:
        if self._from_json and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.make_error("invalid")
        if isinstance(value, str) and not (value.isascii() and value.lstrip("-").isdigit() and len(value) < 20):  # noqa: PLR2004 -- digits of a 64-bit number
            raise self.make_error("invalid")
        return super()._validated(value)


class YesOrNo(fields.Boolean):
    """True or false in JSON; no words or numbers that might mean it."""

    default_error_messages = {**_COMMON, "invalid": TYPE}  # noqa: RUF012 -- as above

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # noqa: ARG002 -- marshmallow's signature
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class OneOf(fields.Enum[Any]):
    """One of the values of an enumeration."""

    default_error_messages = {**_COMMON, "unknown": "not_allowed [{choices}]: must be one of: {choices}"}  # noqa: RUF012 -- as above

    def __init__(self, enum: type[Enum], **kwargs: Any) -> None:
        super().__init__(enum, by_value=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError(TYPE)
        return super()._deserialize(value, attr, data, **kwargs)

    def _serialize(self, value: Enum | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002 -- marshmallow's signature
        return None if value is None else value.value


class Instant(fields.Field[datetime]):
    """An RFC 3339 instant with offset; out, it has the city's."""

    default_error_messages = {**_COMMON, "invalid": "invalid_format: an RFC 3339 time with offset is needed"}  # noqa: RUF012 -- as above

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002 -- marshmallow's signature
        return None if value is None else wire_time(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:  # noqa: ARG002 -- marshmallow's signature
        if not isinstance(value, str):
            raise ValidationError(TYPE)
        # In a query an unescaped + arrives as a space.
        text = value.replace(" ", "+").upper()
        if not RFC_3339.fullmatch(text):
            raise self.make_error("invalid")
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise self.make_error("invalid") from None


class Day(fields.Field[date]):
    """A calendar day, `2026-11-22`."""

    default_error_messages = {**_COMMON, "invalid": "invalid_format: a day such as 2026-11-22 is needed"}  # noqa: RUF012 -- as above

    def _serialize(self, value: date | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:  # noqa: ARG002 -- marshmallow's signature
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:  # noqa: ARG002 -- marshmallow's signature
        if not isinstance(value, str):
            raise ValidationError(TYPE)
        if not DAY.fullmatch(value):
            raise self.make_error("invalid")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise self.make_error("invalid") from None


# Of the years 2000 to 2999: far from where arithmetic with a week or an offset would leave the calendar.
DAY = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")
RFC_3339 = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")


class Items(fields.List[Any]):
    """A list of bounded length."""

    default_error_messages = {**_COMMON, "invalid": TYPE}  # noqa: RUF012 -- as above

    def __init__(self, item: fields.Field[Any], *, most: int, least: int = 0, **kwargs: Any) -> None:
        super().__init__(item, validate=_length(least, most), **kwargs)
        self._most = most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        # Before the items, so that a long list costs nothing.
        if isinstance(value, list) and len(value) > self._most:
            raise ValidationError(f"too_long [{self._most}]: at most {self._most}")
        return super()._deserialize(value, attr, data, **kwargs)


class Part(fields.Nested):
    """An object within an object."""

    default_error_messages = {**_COMMON, "type": TYPE}  # noqa: RUF012 -- as above


class OneForm(Part):
    """An object that has one of several forms; which one is decided by the schema of the first."""

    def __init__(self, *forms: type[WireSchema], **kwargs: Any) -> None:
        super().__init__(forms[0], **kwargs)
        self.forms = forms


class Extract(fields.Nested):
    """An object within an object on the wire, made of values that lie side by side here."""

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = None) -> Any:  # noqa: ARG002 -- marshmallow's signature
        """Return the whole that the parts are taken from."""
        return obj


def _length(shortest: int, longest: int) -> validate.Validator:
    return _Length(min=shortest, max=longest)


class _Length(validate.Length):
    """Length with a code for each side."""

    def _format_error(self, value: Any, message: str) -> str:  # noqa: ARG002 -- marshmallow's signature
        short = self.min is not None and len(value) < self.min
        return f"too_short [{self.min}]: at least {self.min}" if short else f"too_long [{self.max}]: at most {self.max}"


# Controls, surrogates, and what steers lines and directions. Unassigned and private characters pass: rare hanzi of
# real names are newer than the interpreter's tables, or stand on old documents in private form.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _printable(text: str) -> None:
    if any(unicodedata.category(character) in _UNPRINTABLE for character in text):
        raise ValidationError("invalid_format: control characters are not allowed")
    if text and not text.strip():
        raise ValidationError("too_short: blanks only")


def field_errors(messages: Any) -> tuple[FieldError, ...]:
    """Return marshmallow's messages as errors with JSON paths such as `visitors[0].name`: the first MOST_ERRORS."""
    return tuple(islice(_each_error(messages, ""), MOST_ERRORS))


def _each_error(messages: Any, path: str) -> Iterator[FieldError]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _each_error(inner, _step(path, key))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        coded = _CODED.fullmatch(str(message))
        code, values, detail = coded.groups() if coded else ("invalid_format", None, str(message))
        yield FieldError(path=path, code=code, detail=detail, values=tuple(values.split("|")) if values else ())


def _step(path: str, key: Any) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    if key == "_schema":
        return path or "$"
    return f"{path}.{key}" if path else str(key)
