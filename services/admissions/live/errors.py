"""Why somebody cannot watch."""

from services.common.errors import TooMany


class StreamsTooMany(TooMany):
    """The account watches as much as it may already."""

    code = "streams_too_many"
    title = "This account watches on too many screens at once"
