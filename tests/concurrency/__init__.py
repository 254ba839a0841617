"""What many do at once: each guard is first shown to be needed, then to hold."""
