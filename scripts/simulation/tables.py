"""Tables, for a terminal and for Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of text under heads, with a title and, below, what must be known to read it."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def as_text(self) -> str:
        """Return the table with its columns aligned."""
        lines = [self.heads, *self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.heads))]
        shown = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        rule = "  ".join("-" * width for width in widths)
        return "\n".join([self.title, "", shown[0], rule, *shown[1:], *("  " + note for note in self.notes), ""])

    def as_markdown(self) -> str:
        """Return the table as Markdown, its title as a bold line."""
        rows = ["| " + " | ".join(line) + " |" for line in (self.heads, *self.rows)]
        rule = "|" + "---|" * len(self.heads)
        notes = ["", " ".join(self.notes)] if self.notes else []
        return "\n".join([f"**{self.title}**", "", rows[0], rule, *rows[1:], *notes, ""])
