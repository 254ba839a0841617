"""Findings: what was wrong, and how it is followed until it is put right."""
