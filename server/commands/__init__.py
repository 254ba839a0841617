"""Operator commands: thin, over the same composition as the server."""
