"""One HTTP exchange with WeChat: bounded in time and size, and clear about what may have arrived."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.iostream import StreamClosedError
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from server.wechat.answers import Answer
from server.wechat.calls import Call

AT_ONCE = 64  # calls under way in one process; more wait, within their time
LARGEST_ANSWER = 1024 * 1024  # bytes; a code of 1280 pixels takes about 200 kB


class Unsent(Exception):
    """Nobody took the connection: nothing arrived."""


class NoAnswer(Exception):
    """No whole answer came in time; whether the call arrived is not known."""


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What goes along with a call: the query, and for POST a JSON body."""

    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)


class Transport:
    """Sends calls to one base URL. Make it inside the event loop that uses it; close it there."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = SimpleAsyncHTTPClient(
            force_instance=True,
            max_clients=AT_ONCE,
            max_body_size=LARGEST_ANSWER,
            max_buffer_size=LARGEST_ANSWER,
        )

    def close(self) -> None:
        """Close what is open."""
        self._http.close()

    async def exchange(self, call: Call, parcel: Parcel, within_s: float) -> Answer:
        """Send `parcel` and return the answer; raises Unsent, or NoAnswer at the latest after `within_s`.

        The errors' own messages are dropped: they must not carry a URL, which holds secrets.
        """
        try:
            response = await self._http.fetch(self._request(call, parcel, within_s), raise_error=False)
        except (ConnectionRefusedError, socket.gaierror):
            raise Unsent from None
        except (HTTPClientError, StreamClosedError, OSError) as error:
            raise NoAnswer(type(error).__name__) from None
        return Answer(status=response.code, body=response.body)

    def _request(self, call: Call, parcel: Parcel, within_s: float) -> HTTPRequest:
        return HTTPRequest(
            f"{self._base_url}{call.path}?{urlencode(parcel.query)}",
            method=call.method,
            headers={} if parcel.body is None else {"Content-Type": "application/json"},
            body=None if parcel.body is None else encode(parcel.body),
            connect_timeout=within_s,
            request_timeout=within_s,
            follow_redirects=False,  # a redirect would take secrets along
            decompress_response=False,  # a small answer must not unpack into a large one
        )


def encode(body: Mapping[str, Any]) -> bytes:
    """Return `body` as JSON in plain UTF-8: some of WeChat's interfaces show \\\\u escapes as they are."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", errors="replace")
