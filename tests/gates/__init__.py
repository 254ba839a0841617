"""Gates as they stand in the field: with a network, without one, killed, lied to, and stolen."""
