"""Puts together the rooms around reservations."""
