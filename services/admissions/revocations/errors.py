"""Why a code is not revoked or restored."""

from services.common.errors import Conflict


class CodeChangedTooOften(Conflict):
    """It was revoked and restored so often that somebody should decide."""

    code = "code_changed_too_often"
    title = "This code was revoked and restored too often"
