"""The words between server and table worker."""

READ, READ_OUTLETS, WRITE = "read", "read_outlets", "write"
DONE, REFUSED, UNREADABLE, FAILED = "done", "refused", "unreadable", "failed"
