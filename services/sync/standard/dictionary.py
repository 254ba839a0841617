"""The data dictionary: schemas as tables that people read, in Chinese and English."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.sync.standard.code_lists import CODE_LISTS
from services.sync.standard.form import file_name
from services.sync.standard.properties import Property, properties_of

_TYPES = {
    "string": ("文本", "text"),
    "integer": ("整数", "whole number"),
    "number": ("数值", "number"),
    "boolean": ("是/否", "true or false"),
    "array": ("列表", "list"),
    "object": ("对象", "object"),
}
_FORMATS = {"date": ("日期", "date"), "date-time": ("时刻", "instant")}
_BOUNDS = (
    (("minimum", "maximum"), "", ""),
    (("minLength", "maxLength"), " 字", " characters"),
    (("minItems", "maxItems"), " 项", " items"),
)


@dataclass(frozen=True, kw_only=True)
class Words:
    """The same in Chinese and English; empty where nothing is said."""

    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A value that a property may have, and what it means."""

    value: str
    words: Words


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One property: a row of the dictionary.

    `expected` ones may be null and should not be. `bounds` and `pattern` say which values there are, where `choices`
    does not list them. `record` names the kind of records that it is an id of, `pseudonym` what it is a pseudonym of.
    """

    path: str
    title: Words
    description: Words
    type: Words
    nullable: bool
    expected: bool
    bounds: Words
    pattern: str
    choices: tuple[Choice, ...]
    code_list: str
    record: str
    pseudonym: str


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One kind of records at one major version; `file` is the name of its schema."""

    kind: str
    standard: str
    version: str
    file: str
    title: Words
    description: Words
    entries: tuple[Entry, ...]

    @property
    def anchor(self) -> str:
        """Return what links lead to it by."""
        return self.standard.replace("/", ".v")


@dataclass(frozen=True, kw_only=True)
class ListUse:
    """A code list, what it is called, and which properties use it."""

    name: str
    title: Words
    used_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """All of it; chapters in the order of kinds and versions."""

    chapters: tuple[Chapter, ...]
    code_lists: tuple[ListUse, ...]


def dictionary_of(documents: Iterable[Mapping[str, Any]]) -> Dictionary:
    """Return the dictionary of schemas, which have the form that `form` asks for."""
    chapters = tuple(sorted(map(_chapter, documents), key=lambda one: one.standard))
    uses: dict[str, list[str]] = {}
    for chapter in chapters:
        for entry in chapter.entries:
            if entry.code_list:
                uses.setdefault(entry.code_list, []).append(f"{chapter.standard}: {entry.path}")
    lists = tuple(
        ListUse(name=name, title=Words(zh=CODE_LISTS[name].zh, en=CODE_LISTS[name].en), used_by=tuple(used))
        for name, used in sorted(uses.items())
    )
    return Dictionary(chapters=chapters, code_lists=lists)


def _chapter(document: Mapping[str, Any]) -> Chapter:
    standard = str(document["x-standard"])
    return Chapter(
        kind=standard.partition("/")[0],
        standard=standard,
        version=document["x-version"],
        file=file_name(document),
        title=_words(document, "title"),
        description=_words(document, "description"),
        # The row of a list tells of its items.
        entries=tuple(_entry(one) for one in properties_of(document) if not one.is_item),
    )


def _entry(one: Property) -> Entry:
    schema = one.schema
    # What values there are: of a list, in it.
    valued = schema.get("items", schema)
    return Entry(
        path=one.path,
        title=_words(schema, "title"),
        description=_words(schema, "description"),
        type=_type_words(one),
        nullable="null" in one.types,
        expected=bool(schema.get("x-expected")),
        bounds=_bounds(schema),
        pattern=valued.get("pattern", ""),
        choices=tuple(_choices(valued)),
        code_list=schema.get("x-code-list") or valued.get("x-code-list", ""),
        record=schema.get("x-record", ""),
        pseudonym=schema.get("x-pseudonym", ""),
    )


def _words(schema: Mapping[str, Any], name: str) -> Words:
    return Words(zh=schema.get(f"x-{name}-zh", ""), en=schema.get(name, ""))


def _type_words(one: Property) -> Words:
    if "format" in one.schema:
        zh, en = _FORMATS[one.schema["format"]]
        return Words(zh=zh, en=en)
    named = [_TYPES[name] for name in one.types if name != "null"]
    zh, en = "或".join(zh for zh, _ in named), " or ".join(en for _, en in named)
    if "items" in one.schema:
        inner = _type_words(Property(path="", schema=one.schema["items"], required=True))
        return Words(zh=f"{zh}（{inner.zh}）", en=f"{en} ({inner.en})")
    return Words(zh=zh, en=en)


def _choices(schema: Mapping[str, Any]) -> Iterator[Choice]:
    for value in (str(one) for one in schema.get("enum", ()) if one is not None):
        yield Choice(value=value, words=Words(zh=schema["x-enum-zh"][value], en=schema["x-enum-en"][value]))


def _bounds(schema: Mapping[str, Any]) -> Words:
    zh, en = [], []
    for (least, most), unit_zh, unit_en in _BOUNDS:
        said = _span(schema.get(least), schema.get(most))
        if said:
            zh.append(said + unit_zh)
            en.append(said + unit_en)
    return Words(zh="，".join(zh), en=", ".join(en))


def _span(least: float | None, most: float | None) -> str:
    if least is None and most is None:
        return ""
    if least is None:
        return f"≤ {most}"
    if most is None:
        return f"≥ {least}"
    return f"{least}" if least == most else f"{least} – {most}"
