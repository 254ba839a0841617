"""What the main system is told of slots and reservations: places and counts, nothing of persons."""
