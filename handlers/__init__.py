"""The HTTP edge: one module a resource, wire to command and answer to wire."""
