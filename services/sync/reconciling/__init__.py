"""Reconciling: what the main system has against what it was told, found by sums, repaired and reported."""
