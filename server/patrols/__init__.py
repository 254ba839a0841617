"""The parts of patrols, put together."""
