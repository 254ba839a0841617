"""What every handler shares: bounded bodies, problems, request ids, languages, and the log line."""

import asyncio
import re
import time
from collections.abc import Awaitable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import structlog
from tornado.httputil import HTTPHeaders, format_timestamp
from tornado.web import HTTPError, RequestHandler, stream_request_body
from ulid import ULID

from handlers.context import Services
from handlers.messages import MESSAGES, Message
from handlers.problems import (
    CONTENT_TYPE,
    BodyTooLarge,
    InternalFault,
    MediaTypeUnsupported,
    MethodNotAllowed,
    RequestMalformed,
    RouteUnknown,
    problem_of,
    status_of,
)
from handlers.wire import preferred_language, read_json, write_json
from services.common.errors import DomainError, Unauthenticated

MAX_BODY_BYTES = 64 * 1024
# A body up to this size is read to its end before it is refused, because a client that is still
# sending when the connection closes loses the answer.
MAX_DRAINED_BYTES = 16 * 1024 * 1024
MAX_REQUEST_ID_CHARACTERS = 64
JSON_TYPES = frozenset({"application/json"})
# What is no length by this is Tornado's to refuse.
LENGTH = re.compile(r"[0-9]{1,18}")
# What nginx made customary: nobody got an answer.
HUNG_UP = 499
HOUSE_HEADERS = (
    ("Server", "chengma"),
    ("Content-Type", "text/html; charset=UTF-8"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)

log = structlog.get_logger("http")


@stream_request_body
class BaseHandler(RequestHandler):
    """Tornado's handler with Chengma's manners."""

    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS")
    # What a handler takes: a longer body, or files of other media types than JSON.
    max_body_bytes = MAX_BODY_BYTES
    media_types = JSON_TYPES
    messages: Mapping[str, Message] = MESSAGES
    max_drained_bytes = MAX_DRAINED_BYTES
    route = ""
    _work: asyncio.Task[Any] | None = None
    _hung_up = False

    def initialize(self, services: Services, route: str) -> None:
        """Take what the route table gives."""
        self.services = services
        self.route = route
        self._started = time.perf_counter()
        self._received = bytearray()
        self._received_bytes = 0
        self._too_large = False
        self._answers_early = True
        self.request_id = self._request_id()

    def _request_id(self) -> str:
        given = self.request.headers.get("X-Request-Id")
        if given is None:
            return str(ULID())
        usable = given.isascii() and given.replace("-", "").replace("_", "").isalnum()
        return given if usable and len(given) <= MAX_REQUEST_ID_CHARACTERS else str(ULID())

    def clear(self) -> None:
        """Start the answer anew, with the headers that every answer has.

        In place of Tornado's own, which makes the date and checks the constants each time.
        """
        self._headers = HTTPHeaders()
        for name, value in HOUSE_HEADERS:
            self._headers[name] = value
        self._headers["Date"] = _date(int(time.time()))
        self._write_buffer: list[bytes] = []
        self.set_status(HTTPStatus.OK)

    def _set_request_headers(self) -> None:
        self.set_header("X-Request-Id", self.request_id)
        # Tornado closes a connection whose request it has not read to the end: the client must know, or it would
        # send its next request into a closed door.
        if self._answers_early or self.services.under_way.draining:
            self.set_header("Connection", "close")

    def prepare(self) -> None:
        """Refuse what is too large before reading it; what comes after this runs when the body has ended."""
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=self.request_id)
        length = self.request.headers.get("Content-Length", "0")
        self._expect(int(length) if LENGTH.fullmatch(length) else 0)
        if not self._finished:
            self._answers_early = False
            self._set_request_headers()

    def data_received(self, chunk: bytes) -> None:
        """Gather the body up to its bound."""
        self._received_bytes += len(chunk)
        self._expect(self._received_bytes)
        if self._too_large:
            self._received.clear()
        else:
            self._received.extend(chunk)

    def _expect(self, body_bytes: int) -> None:
        self._too_large = self._too_large or body_bytes > self.max_body_bytes
        if body_bytes > self.max_drained_bytes and not self._finished:
            self._answers_early = True
            self.refuse(BodyTooLarge())

    async def while_listened_to(self, work: Awaitable[None]) -> None:
        """Wait for `work`, but end it when the client hangs up: nobody must queue for somebody who has left."""
        task = self._work = asyncio.current_task()
        try:
            await work
        except asyncio.CancelledError:
            if task is None or not self._hung_up:
                raise
            task.uncancel()
            self.set_status(HUNG_UP)
        finally:
            self._work = None

    def on_connection_close(self) -> None:
        """End the work for a client who has hung up."""
        super().on_connection_close()
        if self._work is not None:
            self._hung_up = True
            self._work.cancel()

    @property
    def has_body(self) -> bool:
        """Tell whether the client sent a body."""
        return self._received_bytes > 0

    def compute_etag(self) -> str | None:
        """Return none: what is not to be stored needs no mark to compare it by."""
        return None

    def head(self, *path: str) -> Any:
        """Answer as GET would, without its body (RFC 9110, section 9.3.2)."""
        return self.get(*path)

    @property
    def language(self) -> str:
        """Return `en` when the client asks for it before Chinese, else `zh`."""
        return preferred_language(self.request.headers.get("Accept-Language", ""))

    def read_body(self) -> Any:
        """Return the JSON of the body; raises BodyTooLarge, MediaTypeUnsupported or BodyUnreadable."""
        return read_json(self._read_as(JSON_TYPES))

    def read_bytes(self) -> bytes:
        """Return a file as it came; raises BodyTooLarge or MediaTypeUnsupported."""
        return self._read_as(self.media_types)

    def _read_as(self, media_types: frozenset[str]) -> bytes:
        if self._too_large:
            raise BodyTooLarge
        media_type, _, parameters = self.request.headers.get("Content-Type", "").partition(";")
        charset = parameters.strip().casefold().replace('"', "")
        if media_type.strip().casefold() not in media_types or charset not in {"", "charset=utf-8"}:
            raise MediaTypeUnsupported
        return bytes(self._received)

    def reply(self, body: Any, status: int = 200) -> None:
        """Answer with JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(write_json(body))

    def send_file(self, content: bytes, media_type: str, name: str) -> None:
        """Answer with a file to keep under `name`, which has nothing in it to be quoted."""
        self.set_header("Content-Type", media_type)
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(content)

    def refuse(self, refusal: DomainError) -> None:
        """Answer with the problem that `refusal` is."""
        self.clear()
        self._set_request_headers()
        self.set_status(status_of(type(refusal)))
        self.set_header("Content-Language", "zh-CN" if self.language == "zh" else "en")
        if refusal.retry_after_s is not None:
            self.set_header("Retry-After", str(refusal.retry_after_s))
        if isinstance(refusal, Unauthenticated):
            self.set_header("WWW-Authenticate", "Bearer")
        if isinstance(refusal, MethodNotAllowed):
            self.set_header("Allow", ", ".join(self._allowed_methods()))
        self.tell_refusal(refusal)

    def tell_refusal(self, refusal: DomainError) -> None:
        """Answer with the body of a refusal, whose status and headers are set."""
        self.set_header("Content-Type", CONTENT_TYPE)
        problem = problem_of(refusal, language=self.language, request_id=self.request_id, messages=self.messages)
        self.finish(write_json(problem))

    def _allowed_methods(self) -> list[str]:
        allowed = [name for name in self.SUPPORTED_METHODS if name.lower() in vars(type(self))]
        return [*allowed, "HEAD"] if "GET" in allowed else allowed

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Turn Tornado's own errors, refusals, and defects into problems."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, DomainError):
            self.refuse(error)
        elif status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            self.refuse(MethodNotAllowed())
        elif status_code == HTTPStatus.NOT_FOUND:
            self.refuse(RouteUnknown())
        elif isinstance(error, HTTPError) and status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            self.refuse(RequestMalformed())
        else:
            self.refuse(InternalFault())

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log defects with their traces; refusals are answers and need none."""
        if not isinstance(value, DomainError | HTTPError):
            log.error("defect", route=self.route, exc_info=(typ, value, tb))

    def on_finish(self) -> None:
        """Count and log: the route's pattern and never its values, nor who asked."""
        seconds = time.perf_counter() - self._started
        method = self.request.method if self.request.method in self.SUPPORTED_METHODS else "other"
        self.services.metrics.observe_request(method, self.route, self.get_status(), seconds)
        log.info("request", method=method, route=self.route, status=self.get_status(), ms=round(seconds * 1000, 1))

    @property
    def address(self) -> str:
        """Return the client's address, as the connection or a trusted proxy gives it."""
        return str(self.request.remote_ip or "unknown")


@lru_cache(maxsize=1)
def _date(now_s: int) -> str:
    return format_timestamp(now_s)


class UnknownRouteHandler(BaseHandler):
    """Answers wherever nothing else does."""

    def get(self, *_: str) -> None:
        """Refuse."""
        raise RouteUnknown

    post = put = patch = delete = options = get
