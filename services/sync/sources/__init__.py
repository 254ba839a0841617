"""Where records come from: what the sources of all domains share."""
