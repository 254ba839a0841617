"""What the main system is told of patrols: records as docs/standard has them, made of what is kept."""
