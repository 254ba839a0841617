"""What keeps a measurement from being made."""


class BenchFailed(Exception):
    """A measurement could not be made; the message says why."""
