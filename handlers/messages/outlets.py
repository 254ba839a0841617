"""Refusals about outlets."""

from collections.abc import Mapping

from handlers.messages.model import Message

MESSAGES: Mapping[str, Message] = {}
