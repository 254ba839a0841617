"""Why something about delivering cannot be done."""

from services.common.errors import Conflict


class MainSystemMissing(Conflict):
    """There is nobody to deliver to."""

    code = "main_system_missing"
    title = "No main system is configured"
