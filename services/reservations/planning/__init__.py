"""Slots from calendars: what is to be made, changed and withdrawn, and what becomes of bookings that this hits."""
