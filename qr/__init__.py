"""Codes: how they are built, signed, drawn and verified; knows nothing of stores or the web."""
