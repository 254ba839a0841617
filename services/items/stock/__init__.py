"""Stock-takes: what is at a place, against what ought to be there."""
