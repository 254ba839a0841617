"""What a message is: what happened and what to do, in Chinese and English."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Message:
    """A title (what happened) and an advice (what to do), by language `zh` and `en`."""

    title: Mapping[str, str]
    advice: Mapping[str, str]


def message(zh: str, zh_advice: str, en: str, en_advice: str) -> Message:
    """Return a message from its four texts."""
    return Message(title={"zh": zh, "en": en}, advice={"zh": zh_advice, "en": en_advice})


LATER = ("请稍后再试。", "Try again in a moment.")
