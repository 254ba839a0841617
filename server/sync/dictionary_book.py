"""The data dictionary as a spreadsheet: an overview, a sheet for each kind of records, and all codes."""

from collections.abc import Iterator

from services.sync.standard.dictionary import Chapter, Choice, Dictionary, Entry, Words
from services.tables.model import BookSheet

LONGEST_TITLE = 31  # in the format
OVERVIEW = (
    *(("类别 Kind", 16), ("名称 Name", 14), ("英文名称 English name", 22), ("版本 Version", 12)),
    *(("字段数 Fields", 12), ("说明 Description", 48), ("英文说明 English description", 56), ("模式文件 Schema", 34)),
)
FIELDS = (
    *(("序号 No.", 8), ("字段 Field", 24), ("名称 Name", 18), ("英文名称 English name", 26)),
    *(("类型 Type", 14), ("可空 Null", 12), ("取值 Values", 42), ("代码表 Code list", 18)),
    *(("说明 Description", 40), ("英文说明 English description", 46)),
)
CODES = (
    *(("类别 Kind", 16), ("字段 Field", 24), ("代码 Code", 24)),
    *(("含义 Meaning", 24), ("英文含义 English meaning", 34)),
)
LISTS = (("代码表 Code list", 18), ("名称 Name", 44), ("英文名称 English name", 60), ("使用之处 Used by", 60))


def sheets_of(dictionary: Dictionary) -> list[BookSheet]:
    """Return the sheets."""
    return [
        BookSheet(title="总览 Overview", heads=OVERVIEW, rows=tuple(_overview(one) for one in dictionary.chapters)),
        *map(_chapter, dictionary.chapters),
        BookSheet(title="代码 Codes", heads=CODES, rows=tuple(_codes(dictionary))),
        BookSheet(
            title="代码表 Code lists",
            heads=LISTS,
            rows=tuple((one.name, one.title.zh, one.title.en, "\n".join(one.used_by)) for one in dictionary.code_lists),
        ),
    ]


def _overview(chapter: Chapter) -> tuple[str | float, ...]:
    return (
        chapter.kind,
        chapter.title.zh,
        chapter.title.en,
        chapter.version,
        len(chapter.entries),
        chapter.description.zh,
        chapter.description.en,
        chapter.file,
    )


def _chapter(chapter: Chapter) -> BookSheet:
    title = f"{chapter.standard.replace('/', ' v')} {chapter.title.zh}"[:LONGEST_TITLE]
    rows = tuple(_row(number, entry) for number, entry in enumerate(chapter.entries, start=1))
    return BookSheet(title=title, heads=FIELDS, rows=rows)


def _row(number: int, entry: Entry) -> tuple[str | float, ...]:
    about = about_entry(entry)
    return (
        number,
        entry.path,
        entry.title.zh,
        entry.title.en,
        f"{entry.type.zh} {entry.type.en}",
        null_words(entry),
        "\n".join(_values(entry)),
        entry.code_list,
        about.zh,
        about.en,
    )


def null_words(entry: Entry) -> str:
    """Return whether it may be null, and should not be."""
    if entry.expected:
        return "可空，应填\nyes, expected"
    return "可空 yes" if entry.nullable else "否 no"


def _values(entry: Entry) -> Iterator[str]:
    yield from (said(choice) for choice in entry.choices)
    if entry.bounds.zh:
        yield f"{entry.bounds.zh} / {entry.bounds.en}" if entry.bounds.zh != entry.bounds.en else entry.bounds.zh
    if entry.pattern:
        yield entry.pattern


def said(choice: Choice) -> str:
    """Return a value with its meaning."""
    return f"{choice.value}  {choice.words.zh} / {choice.words.en}"


def about_entry(entry: Entry) -> Words:
    """Return what there is to say of a property: its description, and what it is an id of."""
    zh, en = [entry.description.zh], [entry.description.en]
    if entry.record:
        zh.append(f"指向 {entry.record}。")
        en.append(f"Names a record of {entry.record}.")
    if entry.pseudonym:
        zh.append("假名标识。")
        en.append("A pseudonym.")
    return Words(zh="".join(one for one in zh if one), en=" ".join(one for one in en if one))


def _codes(dictionary: Dictionary) -> Iterator[tuple[str, ...]]:
    for chapter in dictionary.chapters:
        for entry in chapter.entries:
            for choice in entry.choices:
                yield chapter.standard, entry.path, choice.value, choice.words.zh, choice.words.en
