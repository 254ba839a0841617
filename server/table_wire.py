"""The words between server and table worker."""

READ, WRITE = "read", "write"
DONE, REFUSED, UNREADABLE, FAILED = "done", "refused", "unreadable", "failed"
