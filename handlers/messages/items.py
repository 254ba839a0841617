"""Refusals of items: types, batches, activation, custody, stock-takes."""

from collections.abc import Mapping

from handlers.messages.model import Message

MESSAGES: Mapping[str, Message] = {}
