"""The relay: takes what happened from the outbox to the main system, one leader at a time."""
