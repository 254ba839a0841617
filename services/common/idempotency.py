"""Idempotency-Key: a repeated creating request returns its first answer."""

import json
from collections.abc import Mapping
from typing import Any

from services.common.errors import Conflict
from services.common.model import IdempotentRequest
from services.common.protection import KeyedDigest


class IdempotencyKeyReused(Conflict):
    """The same key came with another body."""

    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used for another request"


def idempotent_request(
    digest: KeyedDigest, *, actor_id: str, action: str, key: str, content: Mapping[str, Any]
) -> IdempotentRequest:
    """Name the request that `actor_id` makes under `key`; `content` is the wire body."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return IdempotentRequest(
        id=digest.of("idempotency-key", actor_id, action, key),
        fingerprint=digest.of("idempotency-content", canonical),
    )


def ensure_same_content(request: IdempotentRequest, first_fingerprint: str) -> None:
    """Raise IdempotencyKeyReused unless this is the request that used the key first."""
    if request.fingerprint != first_fingerprint:
        raise IdempotencyKeyReused
