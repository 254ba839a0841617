"""Requests a gate device must not make; a refused visitor is an answer, not an error."""

from services.common.errors import Conflict


class NonceReused(Conflict):
    """The device sent another code under a nonce it has used."""

    code = "nonce_reused"
    title = "This nonce was used for another scan"
