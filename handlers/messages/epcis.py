"""Refusals of EPCIS documents and queries."""

from collections.abc import Mapping

from handlers.messages.model import Message

MESSAGES: Mapping[str, Message] = {}
