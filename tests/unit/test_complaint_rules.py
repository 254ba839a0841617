"""Complaints: what is kept of what people type, the course of a case, and floods."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from handlers.forms import read_form
from handlers.problems import MediaTypeUnsupported, RequestMalformed
from services.common.protection import KeyedDigest
from services.common.written import tidied
from services.identity.model import Actor, Role
from services.patrols.complaints.errors import ComplaintAnswered, ComplaintTakenUp
from services.patrols.complaints.model import AnswerComplaint, Complaint, ComplaintState, Outcome
from services.patrols.complaints.rules import (
    ERASED_AFTER,
    MOST_A_SITE_A_DAY,
    answered,
    counted,
    day_key,
    erased,
    is_held_back,
    taken_up,
)
from services.patrols.complaints.secrecy import Secrecy
from services.patrols.plates.model import PlateVerdict
from services.patrols.sites.model import SiteKind
from tests.factories import NOW
from tests.outlets import PlainCipher

ADMIN = Actor(id="stf_1", role=Role.DISTRICT_ADMIN, scopes=(), session_id="ses_1")


def make_complaint(**changes: Any) -> Complaint:
    complaint = Complaint(
        id="cmp_1",
        site_id="otl_1",
        site_kind=SiteKind.OUTLET,
        plate_id="plt_1",
        plate_verdict=PlateVerdict.CURRENT,
        text=b"text",
        contact=b"contact",
        photos=("0" * 64,),
        secret_digest="0" * 32,
        state=ComplaintState.RECEIVED,
        held_back=False,
        received_at=NOW,
        taken_up_at=None,
        taken_up_by=None,
        task_id=None,
        outcome=None,
        answer=None,
        answered_at=None,
        answered_by=None,
        erase_at=None,
        erased_at=None,
        district_id="310101",
        seen_by=("district:310101",),
        version=1,
    )
    return replace(complaint, **changes)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  一\r\n二\u2028三  ", "一\n二\n三"),
        ("一\n\n\n\n二", "一\n\n二"),
        ("abc\u202egpj.exe\u202c", "abcgpj.exe"),
        ("零\u200b宽\ufeff", "零宽"),
        ("\x00\x07\x1b[31m红", "[31m红"),
        ("𠮷野家😀", "𠮷野家😀"),
        ("<b>{{ 1 }}</b>", "<b>{{ 1 }}</b>"),
        ("a\tb", "a b"),
        (" \n\u200b\n ", ""),
    ],
)
def test_only_what_can_be_seen_is_kept(typed: str, kept: str) -> None:
    assert tidied(typed) == kept
    assert tidied(kept) == kept


def answering(outcome: Outcome = Outcome.FOUNDED) -> AnswerComplaint:
    return AnswerComplaint(actor=ADMIN, complaint_id="cmp_1", outcome=outcome, answer="已责令整改，谢谢您。")


def test_a_case_is_taken_up_once_and_answered_once() -> None:
    case = taken_up(make_complaint(), ADMIN.id, "tsk_1", NOW)
    assert (case.state, case.task_id, case.version) == (ComplaintState.TAKEN_UP, "tsk_1", 2)
    with pytest.raises(ComplaintTakenUp):
        taken_up(case, "stf_2", None, NOW)
    ended = answered(case, answering(), b"answer", NOW)
    assert (ended.state, ended.outcome, ended.erase_at, ended.version) == (
        ComplaintState.ANSWERED, Outcome.FOUNDED, NOW + ERASED_AFTER, 3
    )  # fmt: skip
    with pytest.raises(ComplaintAnswered):
        answered(ended, answering(), b"other", NOW)
    with pytest.raises(ComplaintAnswered):
        taken_up(ended, ADMIN.id, None, NOW)


def test_a_case_may_be_answered_at_once() -> None:
    assert answered(make_complaint(), answering(Outcome.NOT_FOR_US), b"a", NOW).taken_up_at is None


def test_what_is_erased_leaves_the_facts() -> None:
    ended = answered(make_complaint(), answering(), b"answer", NOW)
    left = erased(ended, NOW + ERASED_AFTER)
    assert (left.text, left.contact, left.answer, left.photos, left.erase_at) == (None, None, None, (), None)
    assert (left.outcome, left.received_at, left.erased_at) == (Outcome.FOUNDED, NOW, NOW + ERASED_AFTER)


def test_beyond_a_number_a_day_complaints_are_held_back() -> None:
    key, day = day_key("otl_1", date(2026, 11, 22)), None
    held = []
    for _ in range(MOST_A_SITE_A_DAY + 2):
        day = counted(day, key, NOW)
        held.append(is_held_back(day))
    assert held == [False] * MOST_A_SITE_A_DAY + [True, True]
    assert day is not None
    assert (day.version, day.forget_at) == (MOST_A_SITE_A_DAY + 2, NOW + timedelta(days=3))


def test_a_secret_is_of_one_complaint_and_one_request() -> None:
    secrecy = Secrecy(cipher=PlainCipher(), digest=KeyedDigest(b"pepper"))
    secret = secrecy.secret_of("cmp_1", "request-1")
    complaint = make_complaint(secret_digest=secrecy.secret_digest(secret))
    assert secret == secrecy.secret_of("cmp_1", "request-1")
    assert secrecy.fits(complaint, secret)
    for other in (secrecy.secret_of("cmp_2", "request-1"), secrecy.secret_of("cmp_1", "request-2"), "", "密"):
        assert not secrecy.fits(complaint, other)


def multipart(*parts: tuple[str, bytes]) -> bytes:
    return b"".join(b"--x\r\n" + head.encode() + b"\r\n\r\n" + body + b"\r\n" for head, body in parts) + b"--x--\r\n"


def test_a_form_has_fields_and_files() -> None:
    body = multipart(
        ('Content-Disposition: form-data; name="text"', "一\r\n二".encode()),
        ('Content-Disposition: form-data; name="photos"; filename="a.jpg"\r\nContent-Type: image/jpeg', b"\xff\xd8"),
        ('Content-Disposition: form-data; name="photos"; filename=""\r\nContent-Type: x/y', b""),
    )
    form = read_form('multipart/form-data; charset=utf-8; boundary="x"', body)
    assert (form.fields, list(form.files)) == ({"text": "一\r\n二", "photos": ""}, [b"\xff\xd8"])
    form = read_form("application/x-www-form-urlencoded", b"text=%E4%B8%80+2&contact=")
    assert (form.fields, list(form.files)) == ({"text": "一 2", "contact": ""}, [])


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=", b""),
        ("multipart/form-data; boundary=x", multipart(('Content-Disposition: form-data; name="a"', b"\xff"))),
        ("application/x-www-form-urlencoded", b"text=%FF"),
        ("application/x-www-form-urlencoded", "text=一".encode()),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 21)),
    ],
)
def test_what_is_no_form_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(RequestMalformed):
        read_form(kind, body)


def test_another_kind_of_body_is_refused() -> None:
    with pytest.raises(MediaTypeUnsupported):
        read_form("application/json", b"{}")
