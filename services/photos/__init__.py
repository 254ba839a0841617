"""Photos: received in pieces, checked, cleaned and kept by their SHA-256."""
