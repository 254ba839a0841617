"""How many people a venue may hold, and from how many on its people are told."""
