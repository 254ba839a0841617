"""Plans: rounds, random draws, and the tasks that come of them."""
