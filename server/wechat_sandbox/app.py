"""Puts the stand-in together."""

from collections.abc import Callable

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from server.wechat_sandbox.control import AcceptsHandler, CallsHandler, FaultsHandler
from server.wechat_sandbox.credentials import App, TokenDesk
from server.wechat_sandbox.faults import Faults
from server.wechat_sandbox.handlers import (
    CodeToSessionHandler,
    PhoneNumberHandler,
    Sandbox,
    SendMessageHandler,
    StableTokenHandler,
    UnknownPathHandler,
    UnlimitedCodeHandler,
)
from server.wechat_sandbox.people import People
from server.wechat_sandbox.quotas import Quota
from server.wechat_sandbox.refusals import Errcode

DRAWINGS_A_MINUTE = 5000
MINUTE_S = 60
ADDRESS = "127.0.0.1"  # never any other: it gives a log-in to whoever asks
LONGEST_BODY = 64 * 1024  # bytes


def make_sandbox(app: App, *, now: Callable[[], float]) -> Sandbox:
    """Return a stand-in that knows nobody yet; `now` gives seconds since 1970."""
    return Sandbox(
        now=now,
        app=app,
        tokens=TokenDesk(now=now),
        people=People(now=now),
        drawings=Quota(limit=DRAWINGS_A_MINUTE, window_s=MINUTE_S, errcode=Errcode.QUOTA_REACHED),
        faults=Faults(),
    )


def make_app(sandbox: Sandbox) -> Application:
    """Return the routes over `sandbox`."""
    knows = {"sandbox": sandbox}
    return Application(
        [
            (r"/sns/jscode2session", CodeToSessionHandler, knows),
            (r"/cgi-bin/stable_token", StableTokenHandler, knows),
            (r"/wxa/business/getuserphonenumber", PhoneNumberHandler, knows),
            (r"/cgi-bin/message/subscribe/send", SendMessageHandler, knows),
            (r"/wxa/getwxacodeunlimit", UnlimitedCodeHandler, knows),
            (r"/sandbox/faults", FaultsHandler, knows),
            (r"/sandbox/calls", CallsHandler, knows),
            (r"/sandbox/accepts", AcceptsHandler, knows),
        ],
        default_handler_class=UnknownPathHandler,
        default_handler_args=knows,
        log_function=lambda _handler: None,  # a log of calls would hold secrets, tokens and codes
    )


def listen(sandbox: Sandbox, port: int) -> tuple[HTTPServer, int]:
    """Serve `sandbox` on 127.0.0.1; returns the server, to be stopped, and its port (chosen when `port` is 0).

    Call it inside the event loop; raises OSError when the port is taken.
    """
    sockets = bind_sockets(port, address=ADDRESS)
    server = HTTPServer(make_app(sandbox), max_body_size=LONGEST_BODY)
    server.add_sockets(sockets)
    return server, sockets[0].getsockname()[1]
