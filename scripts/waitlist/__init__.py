"""Checking the log of a waitlist."""
