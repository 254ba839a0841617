"""Whose things a list shows."""

from enum import StrEnum


class Whose(StrEnum):
    """One's own, or all that are within one's scope."""

    MINE = "mine"
    ALL = "all"
