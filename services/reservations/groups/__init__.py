"""Groups: a leader applies for many places, the venue decides, the names come by table."""
