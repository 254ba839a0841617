"""Repeating the draws of fair releases."""
