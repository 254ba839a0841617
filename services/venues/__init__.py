"""Venues that receive visitors, and their gates."""
