"""What the stand-in decides, with time in the test's hand."""

import asyncio
import io
from urllib.parse import quote

import pytest
import zxingcpp
from PIL import Image

from server.wechat_sandbox.artwork import draw_code
from server.wechat_sandbox.credentials import App, TokenDesk
from server.wechat_sandbox.faults import AnswerErrcode, Delay, Faults, Hang, Order
from server.wechat_sandbox.people import People
from server.wechat_sandbox.quotas import Quota
from server.wechat_sandbox.refusals import Refused


class Time:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.s = 1_800_000_000.0

    def now(self) -> float:
        return self.s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def people(time: Time) -> People:
    return People(now=time.now)


@pytest.fixture
def desk(time: Time) -> TokenDesk:
    return TokenDesk(now=time.now)


def errcode_of(refused: pytest.ExceptionInfo[Refused]) -> int:
    return refused.value.errcode


@pytest.mark.parametrize(
    ("code", "openid"),
    [
        ("sandbox-li", "sandbox-li"),
        ("sandbox-li#1", "sandbox-li"),
        (f"sandbox-{'a' * 40}#{'b' * 40}", f"sandbox-{'a' * 40}"),
        ("sandbox-A_z-9", "sandbox-A_z-9"),
    ],
)
def test_a_code_says_whose_it_is(people: People, code: str, openid: str) -> None:
    assert people.log_in(code).openid == openid


@pytest.mark.parametrize(
    "code",
    [
        "sandbox-",
        "sandbox",
        "li",
        "sandbox-li#",
        "sandbox-li#a#b",
        f"sandbox-{'a' * 41}",
        f"sandbox-li#{'b' * 41}",
        "sandbox-李",
        "sandbox-li\n",
        "Sandbox-li",
    ],
)
def test_an_unknown_code_is_refused(people: People, code: str) -> None:
    with pytest.raises(Refused) as refused:
        people.log_in(code)
    assert errcode_of(refused) == 40029


def test_a_code_works_once_and_is_issued_anew_after_five_minutes(people: People, time: Time) -> None:
    first = people.log_in("sandbox-li#1")
    time.s += 299.9
    with pytest.raises(Refused) as refused:
        people.log_in("sandbox-li#1")
    assert errcode_of(refused) == 40163
    time.s += 0.1
    again = people.log_in("sandbox-li#1")
    assert again.openid == first.openid
    assert again.session_key != first.session_key


def test_a_hundred_log_ins_a_minute_for_each_person(people: People, time: Time) -> None:
    for number in range(100):
        people.log_in(f"sandbox-li#{number}")
    with pytest.raises(Refused) as refused:
        people.log_in("sandbox-li#100")
    assert errcode_of(refused) == 45011
    people.log_in("sandbox-wang#100")
    time.s += 60
    people.log_in("sandbox-li#100")


def test_a_phone_code_holds_the_number_and_works_once(people: People) -> None:
    assert people.phone_number("phone-13800138000#1") == "13800138000"
    for code in ("phone-13800138000#1", "phone-1380013800", "sandbox-li"):
        with pytest.raises(Refused) as refused:
            people.phone_number(code)
        assert errcode_of(refused) == 40029


def message(**changes: object) -> dict[str, object]:
    usual = {"touser": "sandbox-li", "template_id": "tpl-1", "data": {"thing1": {"value": "城隍庙"}}}
    return usual | changes


def test_one_accept_is_one_send(people: People) -> None:
    assert people.accept("sandbox-li", "tpl-1", 2) == 2
    people.send(message())
    people.send(message())
    with pytest.raises(Refused) as refused:
        people.send(message())
    assert errcode_of(refused) == 43101


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"touser": "li"}, 40003),
        ({"touser": 7}, 40003),
        ({"template_id": ""}, 40037),
        ({"template_id": None}, 40037),
        ({"template_id": "a" * 65}, 40037),
        ({"page": "页"}, 41030),
        ({"data": {}}, 47003),
        ({"data": []}, 47003),
        ({"data": {"thing1": "text"}}, 47003),
        ({"data": {"thing1": {"value": ""}}}, 47003),
        ({"data": {"thing1": {"value": "字" * 21}}}, 47003),
        ({"data": {"unheard1": {"value": "a"}}}, 47003),
        ({"data": {"phrase1": {"value": "六个字的话语"}}}, 47003),
        ({"miniprogram_state": []}, 47003),
        ({"lang": "fr"}, 47003),
    ],
)
def test_a_bad_message_is_refused_and_costs_no_accept(people: People, changes: dict[str, object], errcode: int) -> None:
    people.accept("sandbox-li", "tpl-1", 1)
    with pytest.raises(Refused) as refused:
        people.send(message(**changes))
    assert errcode_of(refused) == errcode
    people.send(message())


def test_a_token_stays_the_same_until_five_minutes_before_its_end(desk: TokenDesk, time: Time) -> None:
    first = desk.give("app")
    assert desk.life_s(first) == 7200
    time.s += 6899
    assert desk.give("app") == first
    time.s += 1
    second = desk.give("app")
    assert second != first
    assert desk.ensure_valid(first.value) == desk.ensure_valid(second.value) == "app"
    time.s += 300
    with pytest.raises(Refused) as refused:
        desk.ensure_valid(first.value)
    assert errcode_of(refused) == 42001


def test_each_app_has_its_own_token(desk: TokenDesk) -> None:
    assert desk.ensure_valid(desk.give("one").value) == "one"
    assert desk.ensure_valid(desk.give("two").value) == "two"


def test_a_replaced_token_works_for_five_more_minutes(desk: TokenDesk, time: Time) -> None:
    first = desk.give("app")
    second = desk.replace("app")
    assert second != first
    assert desk.give("app") == second
    time.s += 299
    desk.ensure_valid(first.value)
    time.s += 1
    with pytest.raises(Refused) as refused:
        desk.ensure_valid(first.value)
    assert errcode_of(refused) == 42001
    desk.ensure_valid(second.value)


def test_force_within_thirty_seconds_gives_the_same_token(desk: TokenDesk, time: Time) -> None:
    first = desk.replace("app")
    time.s += 29
    assert desk.replace("app") == first
    time.s += 1
    assert desk.replace("app") != first


def test_force_works_twenty_times_a_day(desk: TokenDesk, time: Time) -> None:
    time.s += 86400 - time.s % 86400
    for _ in range(20):
        desk.replace("app")
        time.s += 60
    with pytest.raises(Refused) as refused:
        desk.replace("app")
    assert errcode_of(refused) == 45009
    time.s += 86400
    desk.replace("app")


@pytest.mark.parametrize(("value", "errcode"), [("", 41001), ("invented", 40001)])
def test_a_missing_or_invented_token_is_refused(desk: TokenDesk, value: str, errcode: int) -> None:
    with pytest.raises(Refused) as refused:
        desk.ensure_valid(value)
    assert errcode_of(refused) == errcode


@pytest.mark.parametrize(
    ("app_id", "secret", "errcode"), [("", "s", 41002), ("a", "", 41004), ("b", "s", 40013), ("a", "t", 40125)]
)
def test_credentials_are_checked_when_the_stand_in_has_its_own(app_id: str, secret: str, errcode: int) -> None:
    App(app_id="a", secret="s").ensure_known("a", "s")
    with pytest.raises(Refused) as refused:
        App(app_id="a", secret="s").ensure_known(app_id, secret)
    assert errcode_of(refused) == errcode


def test_any_credentials_will_do_when_it_has_none() -> None:
    App().ensure_known("whatever", "whatever")


def test_a_quota_starts_again_with_each_window() -> None:
    quota = Quota(limit=2, window_s=60, errcode=45009)
    quota.spend("a", 0)
    quota.spend("a", 59)
    quota.spend("b", 59)
    with pytest.raises(Refused):
        quota.spend("a", 59.9)
    quota.spend("a", 60)


@pytest.mark.parametrize("scene", ["a", "v=ven_1&s=2", "!#$&'()*+,/:;=?@-._~", "a" * 32])
def test_a_drawn_code_can_be_read(scene: str) -> None:
    picture = Image.open(io.BytesIO(draw_code({"scene": scene, "page": "pages/venue/index", "width": 280})))

    found = zxingcpp.read_barcodes(picture)

    assert picture.size == (280, 280)
    assert [code.text for code in found] == [f"sandbox:pages/venue/index?scene={quote(scene, safe='')}"]


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"scene": ""}, 40169),
        ({"scene": None}, 40169),
        ({"scene": "a" * 33}, 40169),
        ({"scene": "寺"}, 40129),
        ({"scene": "a%20b"}, 40129),
        ({"scene": "a b"}, 40129),
        ({"scene": "a\n"}, 40129),
        ({"page": "/pages/a"}, 41030),
        ({"page": "pages/a?b=c"}, 41030),
        ({"page": "pages/\ud800"}, 41030),
        ({"width": 279}, 40097),
        ({"width": 1281}, 40097),
        ({"width": "430"}, 40097),
        ({"width": True}, 40097),
        ({"env_version": []}, 40097),
    ],
)
def test_what_cannot_be_drawn_is_refused(changes: dict[str, object], errcode: int) -> None:
    with pytest.raises(Refused) as refused:
        draw_code({"scene": "a"} | changes)
    assert errcode_of(refused) == errcode


def test_faults_are_shown_in_order_and_as_often_as_ordered() -> None:
    faults = Faults()
    busy, late = AnswerErrcode(errcode=-1), Delay(delay_s=1)
    faults.order(Order(path="/a", fault=busy, times=2))
    faults.order(Order(path="/a", fault=late, times=1))

    assert [faults.count("/a") for _ in range(4)] == [busy, busy, late, None]
    assert faults.count("/b") is None
    assert faults.calls == {"/a": 4, "/b": 1}


async def test_clearing_faults_lets_hanging_calls_go_on() -> None:
    faults = Faults()
    faults.order(Order(path="/a", fault=Hang(), times=5))
    hanging = asyncio.create_task(faults.released().wait())
    await asyncio.sleep(0)
    assert not hanging.done()

    faults.clear()

    await hanging
    assert faults.count("/a") is None
