"""Long work in the background: with progress, pausable, resumed after a crash."""
