"""Complaints of the public, each a case with an answer."""
