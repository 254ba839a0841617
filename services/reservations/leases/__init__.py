"""Leases: places for people without a booking, which a gate takes before it needs them."""
