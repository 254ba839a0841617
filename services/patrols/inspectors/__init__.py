"""Inspectors as the main system tells of them."""
