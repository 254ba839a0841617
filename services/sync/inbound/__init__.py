"""What comes from the main system: divisions, venues, outlets, inspectors and item types, by ownership of fields."""
