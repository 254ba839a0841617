"""Items: one registered thing, one code, and a history that only grows."""
