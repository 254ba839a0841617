"""What a venue demands of those who book: windows, limits, company for minors, deadlines and no-shows."""
