"""The Merkle log: an append-only list of commitments that anyone can verify."""
