"""Counting anew who is inside: what gates count drifts where people leave unseen."""
