"""Gate devices: enrolled with a code, known by a key of their own, revoked at once."""
