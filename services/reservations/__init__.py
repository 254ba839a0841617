"""Slots and reservations: who comes when; never more than there are places."""
