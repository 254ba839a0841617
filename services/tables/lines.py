"""Lines of CSV whose cells are never taken for formulas."""

import csv
import io
from collections.abc import Iterable, Sequence

# Excel reads a CSV file as UTF-8 only behind this mark.
CSV_HEAD = "\ufeff"
# By these, spreadsheet programs know a formula (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Return rows by RFC 4180; an apostrophe goes before what a spreadsheet program would take for a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(text: str) -> str:
    """Return the text, with an apostrophe before it where it begins like a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
