"""The words between server and table worker."""

READ, READ_OUTLETS, WRITE, WRITE_BOOK = "read", "read_outlets", "write", "write_book"
DONE, REFUSED, UNREADABLE, FAILED = "done", "refused", "unreadable", "failed"
