"""Visits that were booked and not made: who is counted, who is paused, who is heard and pardoned."""
