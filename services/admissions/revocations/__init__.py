"""Codes that open nothing any more, though their reservations stand."""
