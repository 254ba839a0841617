"""A local stand-in of WeChat's HTTP API: a process of its own, for development, demos and tests."""
