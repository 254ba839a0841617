"""Releases and requests in MongoDB."""
