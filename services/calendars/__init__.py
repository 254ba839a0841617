"""Calendars: when a venue is open, as rules, and the slots that follow from them."""
