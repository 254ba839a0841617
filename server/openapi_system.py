"""What the OpenAPI document says of the paths outside the API: health, readiness, metrics, public keys."""

from collections.abc import Mapping, Sequence
from typing import Any

TAG = "System"
OUTSIDE_THE_API = [{"url": "/"}]

_DEPENDENCY = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["ok", "away"]},
        "needed": {"type": "boolean", "description": "Whether nothing works without it."},
        "ms": {"type": "number", "description": "How long it took to answer; absent when it is away."},
    },
    "required": ["status", "needed"],
}
_READINESS = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["ready", "not_ready"]},
        "dependencies": {"type": "object", "additionalProperties": _DEPENDENCY},
    },
    "required": ["status", "dependencies"],
}
_HEALTH = {
    "type": "object",
    "properties": {"status": {"type": "string", "const": "ok"}},
    "required": ["status"],
}
_KEY_PART = {"type": "string", "description": "32 bytes in base64url without padding."}


def _key(kty: str, crv: str, alg: str, parts: Sequence[str]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {
            "kty": {"type": "string", "const": kty},
            "crv": {"type": "string", "const": crv},
            **dict.fromkeys(parts, _KEY_PART),
            "kid": {"type": "string", "examples": ["session-1", "entry-1"]},
            "use": {"type": "string", "const": "sig"},
            "alg": {"type": "string", "const": alg},
        },
        "required": ["kty", "crv", *parts, "kid", "use", "alg"],
    }


_KEY = {"oneOf": [_key("OKP", "Ed25519", "EdDSA", ["x"]), _key("EC", "SM2", "SM2", ["x", "y"])]}
_KEYS = {"type": "object", "properties": {"keys": {"type": "array", "items": _KEY}}, "required": ["keys"]}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_AUTHORISATION = {
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in ("issuer", "token_endpoint", "jwks_uri", "service_documentation")},
        **dict.fromkeys(("scopes_supported", "response_types_supported", "grant_types_supported"), _TEXTS),
        "token_endpoint_auth_methods_supported": _TEXTS,
    },
    "required": ["issuer", "token_endpoint", "jwks_uri", "response_types_supported", "grant_types_supported"],
}


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


SYSTEM_PATHS: Mapping[str, Mapping[str, Any]] = {
    "/healthz": {
        "summary": "Is this process alive",
        "content": {"200": ("It is.", _json(_HEALTH))},
    },
    "/readyz": {
        "summary": "Can this process do its work",
        "description": "One line for each thing it depends on.",
        "content": {
            "200": ("It can.", _json(_READINESS)),
            "503": ("Something that it needs is away.", _json(_READINESS)),
        },
    },
    "/metrics": {
        "summary": "Counts for Prometheus",
        "content": {"200": ("The exposition format.", {"text/plain": {"schema": {"type": "string"}}})},
    },
    "/.well-known/jwks.json": {
        "summary": "Public keys of tokens, codes and packs",
        "description": "A JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037), and of SM2 where a city has such.",
        "content": {"200": ("The keys.", _json(_KEYS))},
    },
    "/.well-known/oauth-authorization-server": {
        "summary": "Where machine clients get tokens",
        "description": "The metadata of RFC 8414.",
        "content": {"200": ("The metadata.", _json(_AUTHORISATION))},
    },
}
