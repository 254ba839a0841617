"""WeChat's paths: each gives the answers and the error codes that the real one gives."""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tornado.web import HTTPError, RequestHandler

from server.wechat_sandbox.artwork import draw_code
from server.wechat_sandbox.credentials import App, TokenDesk
from server.wechat_sandbox.faults import AnswerErrcode, Delay, Faults, Hang
from server.wechat_sandbox.people import People
from server.wechat_sandbox.quotas import Quota
from server.wechat_sandbox.refusals import Errcode, Refused

JSON_TYPE = "application/json; encoding=utf-8"
SERVER_ERROR = 500


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """All that the stand-in knows, in memory only; `now` gives seconds since 1970."""

    now: Callable[[], float]
    app: App
    tokens: TokenDesk
    people: People
    drawings: Quota
    faults: Faults


class WeChatHandler(RequestHandler):
    """Counts the call, shows the fault that was ordered, and turns refusals into WeChat's JSON."""

    content_type = JSON_TYPE
    wrong_method = Errcode.POST_REQUIRED

    def initialize(self, sandbox: Sandbox) -> None:
        """Take what the stand-in knows."""
        self.sandbox = sandbox
        self._gone = asyncio.Event()

    async def prepare(self) -> None:
        """Show the fault that is next for this path."""
        self.set_header("Content-Type", self.content_type)
        fault = self.sandbox.faults.count(self.request.path)
        if isinstance(fault, AnswerErrcode):
            self.refuse(Refused(fault.errcode))
        elif fault is not None:
            await self._keep_waiting(fault)

    async def _keep_waiting(self, fault: Delay | Hang) -> None:
        waits = {asyncio.ensure_future(self._gone.wait())}
        if isinstance(fault, Hang):
            waits.add(asyncio.ensure_future(self.sandbox.faults.released().wait()))
        longest_s = fault.delay_s if isinstance(fault, Delay) else None
        await asyncio.wait(waits, timeout=longest_s, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()
        if self._gone.is_set():
            self.refuse(Refused(-1))  # nobody reads it; finishing keeps the method from running

    def on_connection_close(self) -> None:
        """Stop waiting for a caller who left."""
        self._gone.set()

    def refuse(self, refusal: Refused) -> None:
        """Answer as WeChat does: HTTP 200, the code, and a request id in the message."""
        errmsg = f"{refusal.errmsg} rid: {'-'.join(secrets.token_hex(4) for _ in range(3))}"
        self.finish(json.dumps({"errcode": refusal.errcode, "errmsg": errmsg}))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Turn what a method raised into WeChat's JSON."""
        raised = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(raised, Refused):
            self.set_status(200)
            self.set_header("Content-Type", self.content_type)
            self.refuse(raised)
        elif status_code < SERVER_ERROR:
            self.set_header("Content-Type", self.content_type)
            self.refuse(Refused(Errcode.NOT_JSON))
        else:
            super().write_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Keep quiet about refusals: they are answers, and the line would hold the query's secrets."""
        if not isinstance(value, Refused | HTTPError):
            super().log_exception(typ, value, tb)

    def json_body(self) -> dict[str, Any]:
        """Return the body's JSON object; raises Refused with 47001."""
        try:
            body = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise Refused(Errcode.NOT_JSON) from None
        if not isinstance(body, dict):
            raise Refused(Errcode.NOT_JSON)
        return body

    def ensure_token(self) -> str:
        """Return the app of the access token in the query; raises Refused with 41001, 40001 or 42001."""
        return self.sandbox.tokens.ensure_valid(self.get_query_argument("access_token", ""))

    def get(self) -> None:
        """Refuse the wrong method."""
        raise Refused(self.wrong_method)

    post = put = delete = patch = options = get

    def head(self) -> None:
        """Refuse the wrong method, without a body."""


class CodeToSessionHandler(WeChatHandler):
    """GET /sns/jscode2session."""

    content_type = "text/plain"  # as the real one says, although it is JSON
    wrong_method = Errcode.GET_REQUIRED

    def get(self) -> None:
        """Exchange a log-in code for an openid."""
        wanted = {name: self.get_query_argument(name, "") for name in ("appid", "secret", "js_code", "grant_type")}
        self.sandbox.app.ensure_known(wanted["appid"], wanted["secret"])
        if not wanted["js_code"]:
            raise Refused(Errcode.CODE_MISSING)
        if wanted["grant_type"] != "authorization_code":
            raise Refused(Errcode.INVALID_GRANT_TYPE)
        login = self.sandbox.people.log_in(wanted["js_code"])
        self.finish(json.dumps({"session_key": login.session_key, "openid": login.openid}))


class StableTokenHandler(WeChatHandler):
    """POST /cgi-bin/stable_token."""

    def post(self) -> None:
        """Hand out the app's access token."""
        body = self.json_body()
        if body.get("grant_type") != "client_credential":
            raise Refused(Errcode.INVALID_GRANT_TYPE)
        app_id, secret = (body.get(name, "") for name in ("appid", "secret"))
        forced = body.get("force_refresh", False)
        if not isinstance(app_id, str) or not isinstance(secret, str) or not isinstance(forced, bool):
            raise Refused(Errcode.NOT_JSON)
        self.sandbox.app.ensure_known(app_id, secret)
        desk = self.sandbox.tokens
        token = desk.replace(app_id) if forced else desk.give(app_id)
        self.finish(json.dumps({"access_token": token.value, "expires_in": desk.life_s(token)}))


class PhoneNumberHandler(WeChatHandler):
    """POST /wxa/business/getuserphonenumber."""

    def post(self) -> None:
        """Exchange a phone code for the number."""
        app_id = self.ensure_token()
        code = self.json_body().get("code")
        if not isinstance(code, str):
            raise Refused(Errcode.INVALID_CODE)
        number = self.sandbox.people.phone_number(code)
        phone = {
            "phoneNumber": number,
            "purePhoneNumber": number,
            "countryCode": "86",
            "watermark": {"timestamp": int(self.sandbox.now()), "appid": app_id},
        }
        self.finish(json.dumps({"errcode": 0, "errmsg": "ok", "phone_info": phone}))


class SendMessageHandler(WeChatHandler):
    """POST /cgi-bin/message/subscribe/send."""

    def post(self) -> None:
        """Send a subscription message, if the person accepted one."""
        self.ensure_token()
        self.sandbox.people.send(self.json_body())
        self.finish(json.dumps({"errcode": 0, "errmsg": "ok"}))


class UnlimitedCodeHandler(WeChatHandler):
    """POST /wxa/getwxacodeunlimit."""

    def post(self) -> None:
        """Draw a code for a page and a scene."""
        app_id = self.ensure_token()
        wanted = self.json_body()
        self.sandbox.drawings.spend(app_id, self.sandbox.now())
        picture = draw_code(wanted)
        self.set_header("Content-Type", "image/png")
        self.finish(picture)


class UnknownPathHandler(WeChatHandler):
    """Any other path."""

    async def prepare(self) -> None:
        """Refuse without counting: a scan of paths must not grow the counts."""
        self.set_status(404)
        self.set_header("Content-Type", self.content_type)
        self.refuse(Refused(Errcode.INVALID_URL))
