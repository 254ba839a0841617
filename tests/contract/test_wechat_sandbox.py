"""The stand-in over HTTP: WeChat's shapes and codes, and its switches."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.wechat_sandbox.app import listen, make_sandbox
from server.wechat_sandbox.credentials import App

SESSION, TOKEN = "/sns/jscode2session", "/cgi-bin/stable_token"
PHONE, SEND, DRAW = "/wxa/business/getuserphonenumber", "/cgi-bin/message/subscribe/send", "/wxa/getwxacodeunlimit"
GOOD_LOGIN = {"appid": "a", "secret": "s", "js_code": "sandbox-li", "grant_type": "authorization_code"}
GOOD_TOKEN = {"appid": "a", "secret": "s", "grant_type": "client_credential"}
GOOD_MESSAGE = {"touser": "sandbox-li", "template_id": "tpl", "data": {"thing1": {"value": "文庙"}}}


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    server, port = listen(make_sandbox(App(app_id="a", secret="s"), now=time.time), 0)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        yield client
    server.stop()


async def token_of(http: httpx.AsyncClient) -> str:
    answer = (await http.post(TOKEN, json=GOOD_TOKEN)).json()
    return str(answer["access_token"])


def errcode(response: httpx.Response) -> int:
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"errcode", "errmsg"}
    assert " rid: " in body["errmsg"]
    return int(body["errcode"])


async def test_a_log_in_has_the_shape_of_the_real_one(http: httpx.AsyncClient) -> None:
    response = await http.get(SESSION, params=GOOD_LOGIN)

    assert response.headers["Content-Type"].startswith("text/plain")
    body = response.json()
    assert set(body) == {"openid", "session_key"}
    assert body["openid"] == "sandbox-li"
    assert errcode(await http.get(SESSION, params=GOOD_LOGIN)) == 40163
    assert (await http.get(SESSION, params=GOOD_LOGIN | {"js_code": "sandbox-li#2"})).json()["openid"] == "sandbox-li"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"js_code": ""}, 41008),
        ({"appid": "b"}, 40013),
        ({"secret": "t"}, 40125),
        ({"grant_type": "x"}, 40002),
        ({"js_code": "unknown"}, 40029),
    ],
)
async def test_a_bad_log_in_gets_its_code(http: httpx.AsyncClient, changes: dict[str, str], expected: int) -> None:
    assert errcode(await http.get(SESSION, params=GOOD_LOGIN | changes)) == expected


async def test_the_token_is_stable_until_forced(http: httpx.AsyncClient) -> None:
    first = (await http.post(TOKEN, json=GOOD_TOKEN)).json()
    assert set(first) == {"access_token", "expires_in"}
    assert 7190 <= first["expires_in"] <= 7200
    assert (await http.post(TOKEN, json=GOOD_TOKEN)).json()["access_token"] == first["access_token"]

    forced = (await http.post(TOKEN, json=GOOD_TOKEN | {"force_refresh": True})).json()

    assert forced["access_token"] != first["access_token"]
    for token in (first["access_token"], forced["access_token"]):
        assert errcode_or_zero(await http.post(PHONE, params={"access_token": token}, json={})) == 40029


def errcode_or_zero(response: httpx.Response) -> int:
    return int(response.json().get("errcode", 0))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, 40002),
        ({"grant_type": "client_credential"}, 41002),
        ({"grant_type": "client_credential", "appid": "a"}, 41004),
        (GOOD_TOKEN | {"appid": "b"}, 40013),
        (GOOD_TOKEN | {"secret": "t"}, 40125),
        (GOOD_TOKEN | {"force_refresh": "yes"}, 47001),
        (GOOD_TOKEN | {"appid": ["a"]}, 47001),
        ([], 47001),
    ],
)
async def test_a_bad_request_for_a_token_gets_its_code(http: httpx.AsyncClient, body: Any, expected: int) -> None:
    assert errcode(await http.post(TOKEN, json=body)) == expected


@pytest.mark.parametrize("path", [PHONE, SEND, DRAW])
async def test_a_token_is_needed(http: httpx.AsyncClient, path: str) -> None:
    assert errcode(await http.post(path, json={})) == 41001
    assert errcode(await http.post(path, params={"access_token": "invented"}, json={})) == 40001


async def test_a_phone_number_has_the_shape_of_the_real_one(http: httpx.AsyncClient) -> None:
    query = {"access_token": await token_of(http)}

    body = (await http.post(PHONE, params=query, json={"code": "phone-13800138000"})).json()

    assert body["errcode"] == 0
    assert body["phone_info"]["phoneNumber"] == body["phone_info"]["purePhoneNumber"] == "13800138000"
    assert body["phone_info"]["countryCode"] == "86"
    assert body["phone_info"]["watermark"]["appid"] == "a"
    assert errcode(await http.post(PHONE, params=query, json={"code": "phone-13800138000"})) == 40029
    assert errcode(await http.post(PHONE, params=query, json={"code": 7})) == 40029


async def test_a_message_needs_an_accept(http: httpx.AsyncClient) -> None:
    query = {"access_token": await token_of(http)}
    assert errcode(await http.post(SEND, params=query, json=GOOD_MESSAGE)) == 43101
    accepts = {"openid": "sandbox-li", "template_id": "tpl", "count": 1}
    assert (await http.post("/sandbox/accepts", json=accepts)).json() == {"accepts": 1}
    assert (await http.post(SEND, params=query, json=GOOD_MESSAGE)).json() == {"errcode": 0, "errmsg": "ok"}
    assert errcode(await http.post(SEND, params=query, json=GOOD_MESSAGE)) == 43101


async def test_a_code_is_a_picture_and_a_refusal_is_json(http: httpx.AsyncClient) -> None:
    query = {"access_token": await token_of(http)}
    drawn = await http.post(DRAW, params=query, json={"scene": "v=1"})
    assert drawn.headers["Content-Type"] == "image/png"
    assert drawn.content.startswith(b"\x89PNG")
    assert errcode(await http.post(DRAW, params=query, json={"scene": "a" * 33})) == 40169


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [("POST", SESSION, 43001), ("PUT", SESSION, 43001), ("GET", TOKEN, 43002), ("DELETE", DRAW, 43002)],
)
async def test_the_wrong_method_gets_its_code(http: httpx.AsyncClient, method: str, path: str, expected: int) -> None:
    assert errcode(await http.request(method, path)) == expected


async def test_another_path_is_not_found_and_not_counted(http: httpx.AsyncClient) -> None:
    response = await http.get("/cgi-bin/token")
    assert response.status_code == 404
    assert response.json()["errcode"] == 40066
    assert (await http.get("/sandbox/calls")).json() == {"calls": {}}


async def test_faults_come_as_ordered_and_calls_are_counted(http: httpx.AsyncClient) -> None:
    for order in ({"errcode": -1, "times": 2}, {"errcode": 45011}):
        assert (await http.post("/sandbox/faults", json={"path": TOKEN} | order)).status_code == 200

    answers = [(await http.post(TOKEN, json=GOOD_TOKEN)).json().get("errcode") for _ in range(4)]

    assert answers == [-1, -1, 45011, None]
    assert (await http.get("/sandbox/calls")).json() == {"calls": {TOKEN: 4}}


async def test_cleared_faults_are_gone(http: httpx.AsyncClient) -> None:
    await http.post("/sandbox/faults", json={"path": TOKEN, "errcode": -1, "times": 9})
    assert (await http.delete("/sandbox/faults")).status_code == 204
    assert await token_of(http)


async def test_a_delayed_answer_comes_late_but_properly(http: httpx.AsyncClient) -> None:
    await http.post("/sandbox/faults", json={"path": TOKEN, "delay_s": 0.2})
    started = time.monotonic()
    assert await token_of(http)
    assert time.monotonic() - started >= 0.2


async def test_a_hanging_call_goes_on_when_faults_are_cleared(http: httpx.AsyncClient) -> None:
    await http.post("/sandbox/faults", json={"path": TOKEN, "hang": True})
    hanging = asyncio.create_task(token_of(http))
    while TOKEN not in (await http.get("/sandbox/calls")).json()["calls"]:
        assert not hanging.done()
    assert not hanging.done()

    await http.delete("/sandbox/faults")

    assert await hanging


async def test_a_caller_who_leaves_a_hanging_call_gets_nothing_done(http: httpx.AsyncClient) -> None:
    await http.post("/sandbox/faults", json={"path": SESSION, "hang": True})
    with pytest.raises(httpx.ReadTimeout):
        await http.get(SESSION, params=GOOD_LOGIN, timeout=0.2)
    await http.delete("/sandbox/faults")
    assert (await http.get(SESSION, params=GOOD_LOGIN)).json()["openid"] == "sandbox-li"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sandbox/faults", {"path": "/nowhere", "errcode": -1}),
        ("/sandbox/faults", {"path": TOKEN}),
        ("/sandbox/faults", {"path": TOKEN, "errcode": -1, "hang": True}),
        ("/sandbox/faults", {"path": TOKEN, "errcode": 0}),
        ("/sandbox/faults", {"path": TOKEN, "errcode": "-1"}),
        ("/sandbox/faults", {"path": TOKEN, "delay_s": 0}),
        ("/sandbox/faults", {"path": TOKEN, "delay_s": 1e9}),
        ("/sandbox/faults", {"path": TOKEN, "hang": False}),
        ("/sandbox/faults", {"path": TOKEN, "hang": True, "times": 0}),
        ("/sandbox/faults", {"path": TOKEN, "hang": True, "more": 1}),
        ("/sandbox/faults", [TOKEN]),
        ("/sandbox/accepts", {"openid": "li", "template_id": "t"}),
        ("/sandbox/accepts", {"openid": "sandbox-li", "template_id": "!"}),
        ("/sandbox/accepts", {"openid": "sandbox-li", "template_id": "t", "count": -1}),
    ],
)
async def test_a_mistaken_order_is_refused_with_a_sentence(http: httpx.AsyncClient, path: str, body: Any) -> None:
    response = await http.post(path, json=body)
    assert response.status_code == 400
    assert len(response.json()["error"]) > 5


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = ("appid", "secret", "grant_type", "force_refresh", "code", "touser", "template_id", "data", "page")
MORE_MEMBERS = ("lang", "miniprogram_state", "scene", "width", "env_version", "path", "times", "hang", "count")
BODIES = st.binary(max_size=40) | st.dictionaries(st.sampled_from(MEMBERS + MORE_MEMBERS), JSON_VALUES).map(
    lambda body: json.dumps(body).encode()
)
POSTED = st.sampled_from([SESSION, TOKEN, PHONE, SEND, DRAW, "/sandbox/faults", "/sandbox/accepts", "/x"])


async def test_nothing_that_is_posted_makes_it_fail(http: httpx.AsyncClient) -> None:
    token = await token_of(http)
    cases: list[tuple[str, bytes]] = []

    @settings(max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(path=POSTED, body=BODIES)
    def collect(path: str, body: bytes) -> None:
        cases.append((path, body))

    collect()
    deep = b"[" * 50_000
    for path, body in [*cases, *((path, deep) for path in (TOKEN, PHONE, SEND, DRAW, "/sandbox/faults"))]:
        response = await http.post(f"{path}?access_token={token}&appid=%ff", content=body)
        assert response.status_code < 500, (path, body)


async def test_an_oversized_body_is_not_read(http: httpx.AsyncClient) -> None:
    try:
        response = await http.post(TOKEN, content=b" " * 70_000)
    except httpx.TransportError:
        return
    assert 400 <= response.status_code < 500
