"""The process: configuration, composition, routes, and the children it starts."""
