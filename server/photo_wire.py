"""What server and photo worker say to each other, over `server.side_process`."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from services.photos.model import Developed, PhotoPlace


class Order(StrEnum):
    """What a worker is asked: to begin a file, to add a piece to it, to make its pictures, to mark a picture."""

    BEGIN = "begin"
    PIECE = "piece"
    DEVELOP = "develop"
    WATERMARK = "watermark"


class Outcome(StrEnum):
    """What became of it."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


def developed_message(developed: Developed) -> Mapping[str, Any]:
    """Return the pictures as the content of a message."""
    return asdict(developed)


def read_developed(content: Mapping[str, Any]) -> Developed:
    """Return the pictures again."""
    where = content["taken_where"]
    return Developed(**{**content, "taken_where": None if where is None else PhotoPlace(**where)})
