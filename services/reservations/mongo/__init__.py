"""Slots, their ledgers and reservations in MongoDB."""
