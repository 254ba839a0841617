"""`python -m server.photo_worker`: makes pictures of photos, one after the other, until its input ends.

It has no network, no settings and a bounded memory: files come from outside.
"""

import resource
from collections.abc import Mapping
from typing import Any

from server.photo_wire import Order, Outcome, developed_message
from server.side_process import Message, answer_all
from services.photos.model import PhotoRefusal
from services.photos.pictures import develop
from services.photos.watermarks import watermark

# 64 megapixels with transparency, beside their rows on the way to what is small.
MOST_MEMORY_BYTES = 1536 * 1024 * 1024


class Bench:
    """What lies before the worker: the pieces of one file."""

    def __init__(self) -> None:
        self._file = bytearray()

    def answer(self, name: str, content: Mapping[str, Any]) -> Message:
        """Do what a message asks for."""
        try:
            return self._answer(Order(name), content)
        except Exception as failure:  # a defect is told to whoever asked, and the next order may be a better one
            return Outcome.FAILED, repr(failure)

    def _answer(self, order: Order, content: Mapping[str, Any]) -> Message:
        if order is Order.BEGIN:
            self._file = bytearray()
            return Outcome.DONE, None
        if order is Order.PIECE:
            if content["at"] != len(self._file):  # this process is a new one, and the file began in another
                return Outcome.FAILED, "a piece is out of place"
            self._file += content["content"]
            return Outcome.DONE, None
        if order is Order.DEVELOP:
            return self._develop(content["size"])
        return Outcome.DONE, watermark(content["clean"], content["lines"], content["font"])

    def _develop(self, size: int) -> Message:
        if size != len(self._file):
            return Outcome.FAILED, "the file is not whole"
        file, self._file = bytes(self._file), bytearray()
        result = develop(file)
        if isinstance(result, PhotoRefusal):
            return Outcome.REFUSED, result.value
        return Outcome.DONE, developed_message(result)


def main() -> None:
    """Answer orders."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    answer_all(Bench().answer)


if __name__ == "__main__":
    main()
