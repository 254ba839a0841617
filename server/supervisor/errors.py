"""Why the supervisor does not start, or stops."""


class StartRefused(Exception):
    """Nothing was started: one sentence says why, and what the operator can do."""


class StartFailed(Exception):
    """A process did not come up: the message names it and holds the end of its log."""


class StopRequested(Exception):
    """The operator, the terminal or the machine asked the supervisor to stop."""
