"""What every domain shares: time, identifiers, refusals, the outbox and idempotency."""
