"""Tables: outlets registered and changed by xlsx."""
