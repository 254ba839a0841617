"""Health, metrics, keys and the OpenAPI document."""

import asyncio
from typing import Any

from handlers.base import BaseHandler
from services.common.errors import Unavailable

PROBE_TIMEOUT_S = 3.0
# A key that was withdrawn shall not be believed much longer by those who keep the set.
KEYS_KEPT_S = 60


class HealthHandler(BaseHandler):
    """`/healthz`: this process runs."""

    def get(self) -> None:
        """Answer."""
        self.reply({"status": "ok"})


class ReadyHandler(BaseHandler):
    """`/readyz`: this process can do its work; one line for each thing it depends on."""

    async def get(self) -> None:
        """Ask every dependency at the same time."""
        names = list(self.services.probes)
        results = await asyncio.gather(*(self._probe(name) for name in names))
        lines = dict(zip(names, results, strict=True))
        ready = all(line["status"] == "ok" for line in lines.values() if line["needed"])
        self.reply({"status": "ready" if ready else "not_ready", "dependencies": lines}, 200 if ready else 503)

    async def _probe(self, name: str) -> dict[str, Any]:
        probe = self.services.probes[name]
        started = asyncio.get_running_loop().time()
        try:
            await asyncio.wait_for(probe(), PROBE_TIMEOUT_S)
        except (Unavailable, TimeoutError, OSError):
            return {"status": "away", "needed": name in NEEDED}
        ms = round((asyncio.get_running_loop().time() - started) * 1000, 1)
        return {"status": "ok", "needed": name in NEEDED, "ms": ms}


# Without Redis or WeChat bookings and scans still work; without the database nothing does.
NEEDED = frozenset({"mongodb"})


class MetricsHandler(BaseHandler):
    """`/metrics`, for Prometheus."""

    def get(self) -> None:
        """Answer in the exposition format."""
        content_type, body = self.services.metrics.render()
        self.set_header("Content-Type", content_type)
        self.finish(body)


class OpenApiHandler(BaseHandler):
    """`/api/v1/openapi.json`."""

    def get(self) -> None:
        """Return the document."""
        self.reply(self.services.openapi)


class KeysHandler(BaseHandler):
    """`/.well-known/jwks.json`: the public keys of tokens, codes and packs (RFC 7517)."""

    def get(self) -> None:
        """Return the keys."""
        self.set_header("Cache-Control", f"public, max-age={KEYS_KEPT_S}")
        self.reply({"keys": [dict(key) for key in self.services.public_keys()]})
