"""Figures about patrols: coverage, findings, and how long they stay open."""
