"""The day of an inspector: what is due, what is near, and what is not there yet."""
