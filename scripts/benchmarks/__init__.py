"""The measuring house: each module measures one thing on the real stores and prints medians."""
