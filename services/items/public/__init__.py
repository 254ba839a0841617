"""The public check: what anybody who scans an item's code is told."""
