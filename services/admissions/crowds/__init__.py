"""Crowds: people who answer for a venue are told when it fills up, and when it is emptier again (人员密度)."""
