"""What the load generator sends: every request as text, dealt to connections before the clock starts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

API = "/api/v1"
HOST = "127.0.0.1"
RESERVATIONS = f"{API}/reservations"
ADMISSIONS = f"{API}/admissions"


class Opening(StrEnum):
    """When connections are opened: before the clock starts, or all at once when it does."""

    BEFORE = "before"
    WITHIN = "within"


@dataclass(frozen=True, kw_only=True)
class Line:
    """The requests of one connection, one after the other: some to warm up, then those that are timed."""

    warm: Sequence[str]
    timed: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All connections of one run against the server on `port`."""

    port: int
    lines: Sequence[Line]
    opening: Opening = Opening.BEFORE

    def to_json(self) -> str:
        """Return the plan as the generator reads it."""
        return json.dumps(asdict(self), ensure_ascii=False)


def get(path: str, token: str | None = None) -> str:
    """Return a GET request."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return _request("GET", path, headers)


def book(token: str, slot_id: str, number: int) -> str:
    """Return a booking for one invented person; whoever differs in `number` is somebody else."""
    wish: dict[str, Any] = {
        "slot_id": slot_id,
        "visitors": [{"name": "示例访客", "id_type": "passport", "id_number": f"E{number:08}"}],
    }
    if number % 2:
        wish["contact_phone"] = f"138{number % 10**8:08}"
    return _post(RESERVATIONS, token, wish, {"Idempotency-Key": f"bench-{number}"})


def scan(token: str, gate_id: str, code: str, nonce: str) -> str:
    """Return the showing of an entry code at a gate."""
    return _post(ADMISSIONS, token, {"gate_id": gate_id, "code": code, "nonce": nonce}, {})


def _post(path: str, token: str, content: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    body = json.dumps(content, ensure_ascii=False)
    described = {
        "Authorization": f"Bearer {token}",
        **headers,
        "Content-Type": "application/json",
        "Content-Length": str(len(body.encode())),
    }
    return _request("POST", path, described) + body


def _request(method: str, path: str, headers: Mapping[str, str]) -> str:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{lines}\r\n"


def deal(slots: Sequence[str], *, connections: int, each: int) -> list[list[str]]:
    """Return a slot for each request: neighbours ask for different ones, and every slot is asked for equally often.

    So long as `each` is a multiple of the number of slots, or `connections` is.
    """
    return [[slots[(line + turn) % len(slots)] for turn in range(each)] for line in range(connections)]
