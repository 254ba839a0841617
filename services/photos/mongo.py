"""Photos in the database."""
