"""What prefixes a document's `@context` declares, and what prefixed names mean by it.

A context must name the standard EPCIS context; beyond it only prefixes are understood. Other remote contexts are
refused: they could change what any word means, and nobody fetches them here.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.epcis.formats import is_uri
from services.epcis.shapes import Faults, under
from services.epcis.vocabulary import STANDARD_CONTEXTS, STANDARD_PREFIXES

_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")
# Names with these before the colon are URIs whether or not anybody declares them.
_SCHEMES = frozenset({"urn", "http", "https"})


def read_context(value: Any, path: str, faults: Faults) -> dict[str, str]:
    """Return the prefixes that a well-formed `@context` declares; adds a fault for whatever is not understood."""
    prefixes: dict[str, str] = {}
    for entry, where in _entries(value, path):
        if isinstance(entry, str):
            if entry not in STANDARD_CONTEXTS:
                faults.add(where, "unknown_context", "only the standard EPCIS context and prefixes are understood")
            continue
        for name, meaning in entry.items():
            if _is_declaration(name, meaning):
                prefixes[name] = meaning
            else:
                faults.add(under(where, name[:100]), "unknown_context", "a prefix and the URI that it stands for")
    return prefixes


def names_standard(value: Any) -> bool:
    """Tell whether a well-formed `@context` names the standard EPCIS context."""
    return any(entry in STANDARD_CONTEXTS for entry, _ in _entries(value, "") if isinstance(entry, str))


def _entries(value: Any, path: str) -> Iterator[tuple[Any, str]]:
    if isinstance(value, list):
        yield from ((entry, f"{path}[{index}]") for index, entry in enumerate(value))
    else:
        yield value, path


def _is_declaration(name: str, meaning: Any) -> bool:
    if not isinstance(meaning, str) or not is_uri(meaning) or not _PREFIX.fullmatch(name) or name in _SCHEMES:
        return False
    # The standard context protects its prefixes; saying the same again is harmless, and some leave out the last colon.
    standard = STANDARD_PREFIXES.get(name)
    return standard is None or standard.rstrip(":") == meaning.rstrip(":")


def check_names(value: Any, path: str, prefixes: Mapping[str, str], faults: Faults) -> None:
    """Check that every prefixed name in a JSON value is declared, and that no context hides in an extension."""
    if isinstance(value, list):
        for index, element in enumerate(value):
            check_names(element, f"{path}[{index}]", prefixes, faults)
    elif isinstance(value, dict):
        for name, member in value.items():
            if ":" in name and not _is_declared(name, prefixes):
                faults.add(under(path, name), "undeclared_prefix", "its prefix is not declared in @context")
            elif name == "@context":
                faults.add(under(path, name), "unknown_context", "a context belongs to the document or to an event")
            check_names(member, under(path, name), prefixes, faults)


def _is_declared(name: str, prefixes: Mapping[str, str]) -> bool:
    prefix, _, rest = name.partition(":")
    return prefix in prefixes or prefix in STANDARD_PREFIXES or prefix in _SCHEMES or rest.startswith("//")


def used_prefixes(value: Any, prefixes: Mapping[str, str]) -> dict[str, str]:
    """Return those prefixes, in their alphabetical order, that names or texts in a JSON value begin with."""
    if not prefixes:
        return {}
    found: set[str] = set()
    _collect_beginnings(value, found)
    return {prefix: prefixes[prefix] for prefix in sorted(found & prefixes.keys())}


def _collect_beginnings(value: Any, found: set[str]) -> None:
    """Add what stands before the first colon of each name and text."""
    if isinstance(value, str):
        if ":" in value:
            found.add(value.partition(":")[0])
    elif isinstance(value, dict):
        for name, member in value.items():
            _collect_beginnings(name, found)
            _collect_beginnings(member, found)
    elif isinstance(value, list):
        for element in value:
            _collect_beginnings(element, found)


def split_name(name: str, prefixes: Mapping[str, str]) -> tuple[str, str] | None:
    """Return namespace and local name of a prefixed name, or None where there is no declared prefix."""
    prefix, colon, local = name.partition(":")
    if not colon:
        return None
    namespace = prefixes.get(prefix) or STANDARD_PREFIXES.get(prefix)
    return None if namespace is None else (namespace, local)


def expand(text: str, prefixes: Mapping[str, str]) -> str:
    """Return a prefixed name as the whole URI; other texts are returned as they are."""
    split = split_name(text, prefixes)
    return text if split is None else split[0] + split[1]
