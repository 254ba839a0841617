"""Things of any content that their classes allow, for whatever must hold of all of them."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from ulid import ULID

# In everything that a person typed or that tells of one: nothing that leaves may have it in it.
PERSONAL = "某人说的话"
TYPED = frozenset({"note", "reason", "device", "wanter", "attributes", "sealed_text", "text", "contact", "answer"})
CODES = ("310101", "310115")
FIRST, LAST = datetime(2026, 1, 1), datetime(2099, 12, 31)  # noqa: DTZ001 -- hypothesis adds the zone
_PREFIXES = {
    "site_id": "otl",
    "template_id": "tpl",
    "check_in_id": "chk",
    "last_check_in_id": "chk",
    "finding_ids": "fnd",
    "task_id": "tsk",
    "plate_id": "plt",
    "replaced_by": "plt",
    "merged_into": "otl",
    "repeat_of": "fnd",
    "origin_id": "rnd",
    "type_id": "ity",
    "batch_id": "ibt",
    "subject_id": "fnd",
}
_TEXTS: Mapping[str, st.SearchStrategy[Any]] = {
    "seen_by": st.sampled_from([f"district:{one}" for one in CODES]),
    "scope": st.sampled_from(["city:310000", *(f"district:{one}" for one in CODES)]),
    "owner": st.sampled_from(["city:310000", *(f"district:{one}" for one in CODES)]),
    "district_id": st.sampled_from(CODES),
    "city_id": st.just("310000"),
    "uscc": st.just("91310000MA1FL0000N"),
    "pool_digest": st.just("ab" * 32),
    "seed_digest": st.just("cd" * 32),
    "told_by": st.sampled_from(["anonymous", "service", "stf_1"]),
    "found_by": st.sampled_from(["service", "stf_1"]),
}
_ULIDS = st.integers(0, 2**120).map(lambda number: str(ULID.from_int(number)))


def things(kind: type[Any], prefix: str) -> st.SearchStrategy[Any]:
    """Return a strategy of a dataclass; ids of its own have the prefix."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{one.name: _values(one.name, hints[one.name], prefix) for one in fields(kind)})


def _values(name: str, hint: Any, prefix: str) -> st.SearchStrategy[Any]:
    if get_origin(hint) is UnionType:
        return st.one_of(*(_values(name, one, prefix) for one in get_args(hint)))
    if get_origin(hint) is tuple:
        return st.lists(_values(name, get_args(hint)[0], prefix), max_size=3).map(tuple)
    if is_dataclass(hint) and isinstance(hint, type):
        return things(hint, prefix)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    return _texts(name, prefix) if hint is str else _plain(hint)


def _plain(hint: Any) -> st.SearchStrategy[Any]:
    return {
        NoneType: st.none(),
        bool: st.booleans(),
        int: st.integers(1, 100),
        float: st.floats(-80, 80),
        datetime: st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
        date: st.dates(FIRST.date(), LAST.date()),
        bytes: st.just(PERSONAL.encode()),
    }.get(hint, st.just({"attribute": PERSONAL}))


def _texts(name: str, prefix: str) -> st.SearchStrategy[Any]:
    if name in TYPED:
        return st.just(PERSONAL)
    if name in _TEXTS:
        return _TEXTS[name]
    its_prefix = prefix if name == "id" else _PREFIXES.get(name)
    if its_prefix is not None:
        return _ULIDS.map(lambda ulid: f"{its_prefix}_{ulid}")
    return st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
