"""The gate: who is let in, decided once and remembered."""
