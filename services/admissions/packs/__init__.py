"""Offline packs: what a gate must know to decide for a day without network."""
