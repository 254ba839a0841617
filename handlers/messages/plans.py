"""Refusals about plans, draws and tasks."""

from collections.abc import Mapping

from handlers.messages.model import Message

MESSAGES: Mapping[str, Message] = {}
