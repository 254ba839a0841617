"""The live view: how many are in, out and expected at a venue, told whenever it changes."""
