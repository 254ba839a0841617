"""Reading WeChat's answers, and what each error code means."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.wechat.answers import Answer, Garbled, Reply, read, refusal_for, text_in
from server.wechat.calls import DRAW_CODE, EXCHANGE_CODE, SEND_MESSAGE, STABLE_TOKEN
from server.wechat.transport import encode
from services.common.errors import Conflict, DomainError, Forbidden, Invalid, TooMany, Unauthenticated, Unavailable
from services.identity.wechat_errors import (
    SubscriptionRefused,
    WeChatArgumentRefused,
    WeChatBusy,
    WeChatCodeRefused,
    WeChatMisconfigured,
    WeChatQuotaExhausted,
    WeChatUnavailable,
    WeChatUserBlocked,
)


def said(content: object) -> Answer:
    return Answer(status=200, body=json.dumps(content).encode())


@pytest.mark.parametrize(
    ("errcode", "refusal", "family", "code"),
    [
        (40029, WeChatCodeRefused, Unauthenticated, "wechat_code_refused"),
        (40163, WeChatCodeRefused, Unauthenticated, "wechat_code_refused"),
        (41008, WeChatCodeRefused, Unauthenticated, "wechat_code_refused"),
        (40226, WeChatUserBlocked, Forbidden, "wechat_user_blocked"),
        (45011, WeChatBusy, TooMany, "wechat_busy"),
        (45009, WeChatQuotaExhausted, Unavailable, "wechat_quota_exhausted"),
        (43101, SubscriptionRefused, Conflict, "subscription_refused"),
        (40013, WeChatMisconfigured, Unavailable, "wechat_misconfigured"),
        (40125, WeChatMisconfigured, Unavailable, "wechat_misconfigured"),
        (41002, WeChatMisconfigured, Unavailable, "wechat_misconfigured"),
        (41004, WeChatMisconfigured, Unavailable, "wechat_misconfigured"),
        (40164, WeChatMisconfigured, Unavailable, "wechat_misconfigured"),
        (40037, WeChatMisconfigured, Unavailable, "wechat_misconfigured"),
        (40001, WeChatMisconfigured, Unavailable, "wechat_misconfigured"),
        (40003, WeChatArgumentRefused, Invalid, "wechat_argument_refused"),
        (47003, WeChatArgumentRefused, Invalid, "wechat_argument_refused"),
        (40129, WeChatArgumentRefused, Invalid, "wechat_argument_refused"),
        (40169, WeChatArgumentRefused, Invalid, "wechat_argument_refused"),
        (99999, WeChatUnavailable, Unavailable, "wechat_unavailable"),
    ],
)
def test_each_code_has_its_refusal(
    errcode: int, refusal: type[DomainError], family: type[DomainError], code: str
) -> None:
    raised = refusal_for(errcode, EXCHANGE_CODE)

    assert type(raised) is refusal
    assert isinstance(raised, family)
    assert raised.code == code


@pytest.mark.parametrize(
    ("errcode", "wait_s"), [(45011, 60), (45009, 3600), (99999, 5), (40013, 60), (40029, None), (43101, None)]
)
def test_who_may_come_back_is_told_when(errcode: int, wait_s: int | None) -> None:
    assert refusal_for(errcode, STABLE_TOKEN).retry_after_s == wait_s


def test_the_allowance_for_codes_comes_back_within_a_minute() -> None:
    assert refusal_for(45009, DRAW_CODE).retry_after_s == 60
    assert refusal_for(45009, SEND_MESSAGE).retry_after_s == 3600


def test_success_may_or_may_not_say_so() -> None:
    assert read(said({"openid": "o"})).errcode == 0
    assert read(said({"errcode": 0, "openid": "o"})).errcode == 0


def test_the_request_id_is_taken_from_the_message_and_nothing_else_of_it() -> None:
    reply = read(said({"errcode": 40029, "errmsg": "invalid code, rid: 669e174a-303bcbd1-71c3ffbf"}))

    assert reply == Reply(errcode=40029, rid="669e174a-303bcbd1-71c3ffbf", fields=reply.fields)
    assert read(said({"errcode": 40029, "errmsg": "rid: o6_bmjrPTlm6_2sgVt7hMZOPfL2M"})).rid is None
    assert read(said({"errcode": 40029, "errmsg": ["no text"]})).rid is None


@pytest.mark.parametrize("start", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_a_picture_is_known_by_its_first_bytes(start: bytes) -> None:
    assert read(Answer(status=200, body=start + b"rest")).picture == start + b"rest"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"[]",
        b"null",
        b"7",
        b'{"errcode": "40029"}',
        b'{"errcode": true}',
        b'{"errcode": null}',
        b'{"errcode": 1.5}',
        b"\xff\xfe\xfa",
        b"[" * 60_000,
        b'{"errcode": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_an_answer_of_wechat_is_garbled(body: bytes) -> None:
    with pytest.raises(Garbled):
        read(Answer(status=200, body=body))


@pytest.mark.parametrize("status", [301, 400, 404, 500, 502, 503])
def test_an_http_error_is_garbled_whatever_it_says(status: int) -> None:
    with pytest.raises(Garbled):
        read(Answer(status=status, body=b'{"openid": "o"}'))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_garbled(body: bytes) -> None:
    with contextlib.suppress(Garbled):
        assert isinstance(read(Answer(status=200, body=body)), Reply)


@pytest.mark.parametrize("fields", [{}, {"openid": ""}, {"openid": 7}, {"openid": "o" * 513}, None, "openid"])
def test_a_missing_or_wrong_text_is_garbled(fields: object) -> None:
    with pytest.raises(Garbled):
        text_in(fields, "openid")


def test_chinese_goes_out_as_it_is_and_half_a_character_does_not_stop_it() -> None:
    assert encode({"value": "文庙"}) == '{"value": "文庙"}'.encode()
    assert encode({"value": "a\ud800"}) == b'{"value": "a?"}'
