"""The welcome page and the reference page, as the server shows them."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest

from server.embedded import PROJECT
from server.routes import API, API_ROUTES
from tests.processes import run_server

PAGES = ("/", "/docs")
MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "png": "image/png"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        run_server(tmp_path_factory.mktemp("pages") / "data") as server,
        httpx.Client(base_url=server.base_url, timeout=30) as open_client,
    ):
        yield open_client


class Page(HTMLParser):
    """What a page loads, links to, and runs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.scripts_within: list[str] = []
        self.languages: set[str] = set()
        self._tag = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        for name, value in attrs:
            self.attributes.add(name)
            if name in {"href", "src"} and not (value or "").startswith("data:"):
                self.links.append(value or "")
            if name == "lang":
                self.languages.add(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._tag:
            self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag == "script":
            self.scripts_within.append(data)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_only_scripts_of_this_server(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    page = Page(answer.text)
    directives = (part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";"))
    policy = {name: sources.split() for name, _, sources in directives}

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert policy["default-src"] == ["'self'"]
    assert policy.get("script-src", ["'self'"]) == ["'self'"]
    assert (policy["frame-ancestors"], policy["base-uri"]) == (["'none'"], ["'none'"])
    assert page.scripts_within == []
    assert [name for name in page.attributes if name.startswith("on") or name == "style"] == []
    assert page.languages == {"zh-CN", "en"}


@pytest.mark.parametrize("path", PAGES)
def test_everything_that_a_page_names_is_here(client: httpx.Client, path: str) -> None:
    links = Page(client.get(path).text).links

    assert links
    for link in links:
        assert link.startswith("/"), f"{path} leads away: {link}"
        answer = client.get(link)
        assert answer.status_code == 200, link
        extension = link.rpartition(".")[2]
        if link.startswith("/docs/assets/"):
            assert answer.headers["Content-Type"] == MEDIA_TYPES[extension]


def test_our_own_files_name_no_other_server(client: httpx.Client) -> None:
    for name in ("welcome.css", "reference.js"):
        assert re.findall(r"(?:https?:)?//[\w.-]+\.\w+", client.get(f"/docs/assets/{name}").text) == []


def test_no_other_file_is_shown(client: httpx.Client) -> None:
    for name in ("welcome.html", "swagger-editor.js", "..%2Fpages.py", "%2e%2e%2fpages.py", ""):
        answer = client.get(f"/docs/assets/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found"), name


def test_the_reference_shows_every_operation(client: httpx.Client) -> None:
    script = client.get("/docs/assets/reference.js").text
    [url] = re.findall(r'url: "([^"]+)"', script)
    document = client.get(url).json()
    shown = {path.removeprefix(API) for path in document["paths"]}

    assert {path for path, _ in API_ROUTES} <= shown


def test_the_steps_of_the_welcome_page_are_operations(client: httpx.Client) -> None:
    page = re.sub(r"\{\w+\}", "{id}", re.sub("<wbr>|</?span>", "", client.get("/").text))
    steps = re.findall(r"<code>(GET|POST) ([^ ]+?)</code>", page)
    shapes = {re.sub(r"\{\w+\}", "{id}", path) for path, _ in API_ROUTES}

    assert len(steps) == 15
    assert {path for _, path in steps} <= shapes


def test_the_metrics_that_operators_are_told_of_exist(client: httpx.Client) -> None:
    client.get("/api/v1/districts")
    told = re.findall(r"^\| `(chengma_\w+)` \|", (PROJECT / "docs" / "operations.md").read_text("utf-8"), re.MULTILINE)
    exposed = client.get("/metrics").text

    assert len(told) == 4
    for name in told:
        assert f"# TYPE {name} " in exposed
