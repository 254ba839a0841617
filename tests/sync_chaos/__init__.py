"""What a main system and a relay can meet with, and how to find out whether anything was lost by it."""
