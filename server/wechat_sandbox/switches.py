"""Works the stand-in's switches from Python, for tests and demonstrations."""

import json
from typing import Any

from tornado.httpclient import AsyncHTTPClient


class Switches:
    """The switches of a stand-in at `base_url`; raises HTTPClientError for an order that it refuses."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    async def fault(self, path: str, **order: float | bool) -> None:
        """Order a fault for `path`: one of `errcode`, `delay_s` and `hang`, and `times`."""
        await self._ask("POST", "faults", {"path": path, **order})

    async def clear_faults(self) -> None:
        """Clear every fault and let hanging calls go on."""
        await self._ask("DELETE", "faults", None)

    async def calls(self, path: str) -> int:
        """Return how often `path` was called."""
        counts = await self._ask("GET", "calls", None)
        return int(counts["calls"].get(path, 0))

    async def accept(self, openid: str, template_id: str, count: int) -> None:
        """Accept `count` messages of a template on a person's behalf."""
        await self._ask("POST", "accepts", {"openid": openid, "template_id": template_id, "count": count})

    async def _ask(self, method: str, switch: str, order: dict[str, Any] | None) -> Any:
        body = None if order is None else json.dumps(order)
        response = await AsyncHTTPClient().fetch(f"{self._base_url}/sandbox/{switch}", method=method, body=body)
        return json.loads(response.body or b"null")
