"""Plates: signed codes on the walls of outlets and venues."""
