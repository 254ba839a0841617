"""The switches under /sandbox: faults, counts of calls, and accepted messages."""

import json
import math
from typing import Any

from tornado.web import HTTPError, RequestHandler

from server.wechat_sandbox.faults import AnswerErrcode, Delay, Fault, Hang, Order
from server.wechat_sandbox.handlers import Sandbox
from server.wechat_sandbox.messages import TEMPLATE_ID
from server.wechat_sandbox.people import OPENID

FAULT_PATHS = frozenset(
    {
        "/sns/jscode2session",
        "/cgi-bin/stable_token",
        "/wxa/business/getuserphonenumber",
        "/cgi-bin/message/subscribe/send",
        "/wxa/getwxacodeunlimit",
    }
)
MOST_TIMES = 1_000_000
LONGEST_DELAY_S = 3600.0
MOST_ACCEPTS = 1_000_000
BAD_REQUEST = 400


class BadOrder(Exception):
    """The body is not what the switch takes; the message says why."""


class ControlHandler(RequestHandler):
    """Reads JSON orders and answers mistakes with 400 and one sentence."""

    def initialize(self, sandbox: Sandbox) -> None:
        """Take what the stand-in knows."""
        self.sandbox = sandbox

    def json_body(self, allowed: frozenset[str]) -> dict[str, Any]:
        """Return the body's JSON object; raises BadOrder for anything else, or for unknown members."""
        try:
            body = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise BadOrder("the body is not JSON") from None
        if not isinstance(body, dict):
            raise BadOrder("the body is not a JSON object")
        if unknown := sorted(set(body) - allowed):
            raise BadOrder(f"unknown: {', '.join(unknown)}")
        return body

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer a mistake as JSON."""
        raised = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(raised, BadOrder):
            self.set_status(BAD_REQUEST)
            self.finish({"error": str(raised)})
        else:
            self.finish({"error": f"HTTP {status_code}"})

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Keep quiet about mistakes; they are answered."""
        if not isinstance(value, BadOrder | HTTPError):
            super().log_exception(typ, value, tb)


class FaultsHandler(ControlHandler):
    """/sandbox/faults."""

    def post(self) -> None:
        """Order a fault: {path, errcode | delay_s | hang, times}."""
        body = self.json_body(frozenset({"path", "errcode", "delay_s", "hang", "times"}))
        path = body.get("path")
        if not isinstance(path, str) or path not in FAULT_PATHS:
            raise BadOrder(f"path must be one of {', '.join(sorted(FAULT_PATHS))}")
        times = whole_number(body.get("times", 1), "times", MOST_TIMES)
        self.sandbox.faults.order(Order(path=path, fault=read_fault(body), times=times))
        self.finish({"path": path, "times": times})

    def delete(self) -> None:
        """Clear every order and let hanging calls go on."""
        self.sandbox.faults.clear()
        self.set_status(204)
        self.finish()


class CallsHandler(ControlHandler):
    """/sandbox/calls."""

    def get(self) -> None:
        """Say how often each path was called, faults included: {calls: {path: count}}."""
        self.finish({"calls": dict(self.sandbox.faults.calls)})


class AcceptsHandler(ControlHandler):
    """/sandbox/accepts."""

    def post(self) -> None:
        """Accept messages on a person's behalf: {openid, template_id, count} → {accepts}."""
        body = self.json_body(frozenset({"openid", "template_id", "count"}))
        openid, template_id = body.get("openid"), body.get("template_id")
        if not isinstance(openid, str) or not OPENID.fullmatch(openid):
            raise BadOrder("openid must look like sandbox-NAME")
        if not isinstance(template_id, str) or not TEMPLATE_ID.fullmatch(template_id):
            raise BadOrder("template_id must be 1 to 64 of A-Z a-z 0-9 _ -")
        count = whole_number(body.get("count", 1), "count", MOST_ACCEPTS)
        self.finish({"accepts": self.sandbox.people.accept(openid, template_id, count)})


def whole_number(value: object, name: str, most: int) -> int:
    """Return `value` if it is a whole number from 1 to `most`; raises BadOrder."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise BadOrder(f"{name} must be a whole number from 1 to {most}")
    return value


def read_fault(body: dict[str, Any]) -> Fault:
    """Return the one fault that `body` names; raises BadOrder."""
    named = sorted({"errcode", "delay_s", "hang"} & set(body))
    if len(named) != 1:
        raise BadOrder("name one of errcode, delay_s and hang")
    value = body[named[0]]
    if named == ["errcode"]:
        return _read_errcode(value)
    if named == ["delay_s"]:
        return _read_delay(value)
    if value is not True:
        raise BadOrder("hang must be true")
    return Hang()


def _read_errcode(value: object) -> Fault:
    if isinstance(value, bool) or not isinstance(value, int) or value == 0:
        raise BadOrder("errcode must be a whole number other than 0")
    return AnswerErrcode(errcode=value)


def _read_delay(value: object) -> Fault:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadOrder("delay_s must be a number of seconds")
    if not math.isfinite(value) or not 0 < value <= LONGEST_DELAY_S:
        raise BadOrder(f"delay_s must be more than 0 and at most {LONGEST_DELAY_S:g}")
    return Delay(delay_s=value)
