"""What goes to the main system: an outbox of events, written with the facts they tell of."""
