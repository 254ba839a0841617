"""What all answers share: request ids, languages, headers; and a text for each code."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import handlers
import server
import services
from handlers.messages import FIELD_MESSAGES, MESSAGES
from services.common.errors import DomainError
from tests.api.house import API, House, refused

CHINESE = re.compile(r"[一-鿿]")
LANGUAGES = [
    ("", "zh-CN"),
    ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
    ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
    ("en ; Q=0.5 , zh ; q=0.4", "en"),
    ("en;q=0.4, zh;q=0.5", "zh-CN"),
    ("EN", "en"),
    ("fr, en;q=0.1", "en"),
    ("fr", "zh-CN"),
    ("*", "zh-CN"),
    ("en;q=0", "zh-CN"),
    (",;q=,;;=", "zh-CN"),
    ("en;q=" + "9" * 5000, "en"),
]


def leaves() -> Iterator[type[DomainError]]:
    """Yield every refusal of the whole project that has a code."""
    for package in (services, handlers, server):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        if "code" in vars(found):
            yield found


def test_every_code_has_a_text_and_every_text_a_code() -> None:
    codes = [leaf.code for leaf in leaves()]
    assert len(codes) > 40
    assert sorted(codes) == sorted(MESSAGES)


def test_every_text_is_there_in_both_languages() -> None:
    for code, message in MESSAGES.items():
        for texts in (message.title, message.advice):
            assert set(texts) == {"zh", "en"}
            assert CHINESE.search(texts["zh"]), code
            assert texts["en"].isascii(), code
    assert all(CHINESE.search(text) for text in FIELD_MESSAGES.values())


@pytest.mark.parametrize(("asked", "language"), LANGUAGES)
async def test_problems_follow_the_language(house: House, asked: str, language: str) -> None:
    answer = await house.nobody.get("/me", headers={"Accept-Language": asked})
    problem = refused(answer, 401, "token_missing")
    assert answer.headers["Content-Language"] == language
    expected = MESSAGES["token_missing"]
    key = "zh" if language == "zh-CN" else "en"
    assert (problem["title"], problem["detail"]) == (expected.title[key], expected.advice[key])


@pytest.mark.parametrize(
    ("given", "kept"),
    [("my-id_1", True), ("a" * 64, True), ("a" * 65, False), ("", False), ("a b", False), ("<b>", False), ("é", False)],
)
async def test_a_request_id_is_taken_when_it_is_harmless(house: House, given: str, *, kept: bool) -> None:
    answer = await house.client.get(f"{API}/districts", headers={b"X-Request-Id": given.encode("latin-1")})
    assert (answer.headers["X-Request-Id"] == given) == kept
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", f"{API}/venues", f"{API}/me", "/", "/nothing"])
async def test_every_answer_has_the_headers_of_the_house(house: House, path: str) -> None:
    answer = await house.client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Server"] == "chengma"
    assert ("Etag" in answer.headers) == (path == "/")
    assert answer.headers["Cache-Control"] == ("no-cache" if path == "/" else "no-store")


async def test_readiness_has_a_line_for_each_dependency(house: House) -> None:
    answer = await house.client.get("/readyz")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "ready"
    assert set(body["dependencies"]) == {"mongodb", "redis", "wechat"}
    assert {line["status"] for line in body["dependencies"].values()} == {"ok"}
    assert body["dependencies"]["mongodb"]["needed"] is True
    assert body["dependencies"]["redis"]["needed"] is False


async def test_metrics_count_requests_by_route_and_never_by_value(house: House) -> None:
    citizen = await house.citizen()
    refused(await citizen.get("/reservations/rsv_a-secret-value"), 404, "reservation_not_found")
    text = (await house.client.get("/metrics")).text
    assert "/reservations/{reservation_id}" in text
    assert "rsv_a-secret-value" not in text


async def test_keys_are_public_and_only_their_public_halves(house: House) -> None:
    answer = await house.client.get("/.well-known/jwks.json")
    keys = answer.json()["keys"]
    assert {key["kid"] for key in keys} >= {"session-1", "entry-1"}
    assert all(set(key) == {"kty", "crv", "x", "kid", "use", "alg"} for key in keys)
