"""The data standard: what records look like outside, by a JSON Schema for each kind."""
