"""Requests to receivers of webhooks: to permitted addresses only, never redirected, bounded in time and size."""

import socket
from collections.abc import Callable, Mapping
from typing import Any

from tornado.httpclient import HTTPClientError, HTTPError, HTTPRequest
from tornado.iostream import StreamClosedError, UnsatisfiableReadError
from tornado.netutil import DefaultLoopResolver, Resolver
from tornado.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient

from services.webhooks.addresses import Reach
from services.webhooks.errors import PostFailed
from services.webhooks.model import Answer, Failure

WITHIN_S = 10.0
AT_ONCE = 400
LARGEST_HEAD = 16 * 1024
LARGEST_BODY = 1024
USER_AGENT = "chengma-webhooks/1"
INTERIM = 200


class AddressRefused(OSError):
    """A name stands for an address that requests may not go to."""


class CheckedResolver(Resolver):
    """Looks names up, and refuses a name of which any address is not permitted.

    Tornado connects to nothing but the addresses that it is given here, so a name cannot stand for another one when
    the connection is made than when it was looked at.
    """

    def initialize(self, permits: Callable[[str], bool]) -> None:
        """Take what decides about an address."""
        self._permits = permits
        self._resolver = DefaultLoopResolver()

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        """Return the addresses of a host; raises AddressRefused."""
        found: list[tuple[int, Any]] = await self._resolver.resolve(host, port, family)
        if not found or not all(self._permits(address[0]) for _, address in found):
            raise AddressRefused
        return found


class WebhookPost:
    """Make it inside the event loop that uses it; close it there."""

    def __init__(self, reach: Reach) -> None:
        self._clients = {scheme: _client(scheme, reach) for scheme in ("https", "http")}

    def close(self) -> None:
        """Close what is open."""
        for client in self._clients.values():
            client.close()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send a message; raises PostFailed."""
        return await self._exchange(url, method="POST", headers=headers, body=body)

    async def ask(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Ask by OPTIONS; raises PostFailed."""
        return await self._exchange(url, method="OPTIONS", headers=headers, body=None)

    async def _exchange(self, url: str, *, method: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        head = _Head()
        request = HTTPRequest(
            url,
            method=method,
            headers=dict(headers),
            body=body,
            user_agent=USER_AGENT,
            connect_timeout=WITHIN_S,
            request_timeout=WITHIN_S,
            follow_redirects=False,  # a redirect would lead past everything that was checked
            decompress_response=False,  # a small answer must not unpack into a large one
            header_callback=head.take,
        )
        try:
            await self._clients[url.partition(":")[0].lower()].fetch(request, raise_error=False)
        except (HTTPClientError, StreamClosedError, UnsatisfiableReadError, OSError, ValueError) as error:
            # The head says all that matters; whatever is wrong with a body, it has said it.
            if head.status < INTERIM:
                raise PostFailed(_failure(error)) from None
        return Answer(status=head.status, headers=head.fields)


class _Head:
    """The status and headers of the latest answer to a request."""

    def __init__(self) -> None:
        self.status = 0
        self.fields: dict[str, str] = {}

    def take(self, line: str) -> None:
        if line.startswith("HTTP/"):
            self.status, self.fields = int(line.split(" ")[1]), {}
        elif ":" in line:
            name, _, value = line.partition(":")
            self.fields[name.strip().lower()] = value.strip()


def _client(scheme: str, reach: Reach) -> SimpleAsyncHTTPClient:
    return SimpleAsyncHTTPClient(
        force_instance=True,
        max_clients=AT_ONCE,
        resolver=CheckedResolver(permits=lambda address: reach.permits(scheme, address)),
        max_header_size=LARGEST_HEAD,
        max_body_size=LARGEST_BODY,
        max_buffer_size=LARGEST_HEAD + LARGEST_BODY,
    )


def _failure(error: Exception) -> Failure:
    """Return the failure that an error means; its own text is dropped, because an address may hold what is secret."""
    if isinstance(error, AddressRefused):
        return Failure.ADDRESS_REFUSED
    if isinstance(error, HTTPTimeoutError | HTTPError | StreamClosedError | UnsatisfiableReadError):
        return Failure.NO_ANSWER
    return Failure.UNREACHABLE
