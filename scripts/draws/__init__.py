"""Repeating random draws."""
