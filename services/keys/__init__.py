"""The service's own keys: made once, shared by all processes through the database, wrapped at rest."""
