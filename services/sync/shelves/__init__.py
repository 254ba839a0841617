"""Shelves: where envelopes lie, at the recipient and, without their contents, here."""
