"""The HTTP interface, as clients meet it: every request goes to a really started server."""
