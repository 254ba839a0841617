"""For those who do not trust the database: checking the exported log, and vouching for it as another office."""
