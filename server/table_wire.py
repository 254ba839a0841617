"""The words between server and table worker."""

READ, READ_OUTLETS, READ_WORSHIP, READ_ROSTER = "read", "read_outlets", "read_worship", "read_roster"
WRITE, WRITE_BOOK = "write", "write_book"
DONE, REFUSED, UNREADABLE, FAILED = "done", "refused", "unreadable", "failed"
