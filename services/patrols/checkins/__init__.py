"""Check-ins: what inspectors send from where they were, and how far it is to be believed."""
