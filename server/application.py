"""Tornado's application, with a short way to handlers whose path holds no values."""

from collections.abc import Sequence
from typing import Any

from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.routing import URLSpec
from tornado.web import Application, RequestHandler


class ExactApplication(Application):
    """Asks the regular expressions, one after another, only about paths that it does not know."""

    def __init__(self, specs: Sequence[URLSpec]) -> None:
        super().__init__(list(specs))
        self._exact = {spec.matcher.reverse(): spec for spec in specs if spec.regex.groups == 0}

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:  # type: ignore[override]  # Tornado names a private class
        """Return what handles the request."""
        spec = self._exact.get(request.path)
        if spec is None:
            return super().find_handler(request, **kwargs)
        return self.get_handler_delegate(request, spec.handler_class, spec.kwargs)

    def log_request(self, handler: RequestHandler) -> None:
        """Leave it to the handlers: their line names no paths and addresses."""
