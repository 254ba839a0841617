"""The data standard, for anybody to read: the dictionary as a page and as a spreadsheet, and the schemas."""

import json
from collections.abc import Mapping
from typing import Any

from tornado.template import Loader
from tornado.web import RequestHandler

from handlers.base import BaseHandler
from handlers.check_pages import TEMPLATES, content_security_policy, read_style
from handlers.item_tables import XLSX
from handlers.problems import RouteUnknown
from handlers.sync_context import StandardPapers
from services.sync.standard.dictionary import Dictionary

SCHEMA_TYPE = "application/schema+json"
STYLE = read_style("standard.css")
POLICY = content_security_policy(STYLE, forms="'none'")
WORDS = {"service": "城码 Chengma", "page": "数据字典 Data dictionary"}

_loader = Loader(str(TEMPLATES), autoescape="xhtml_escape")


def dictionary_page(dictionary: Dictionary) -> bytes:
    """Return the page of the dictionary, in both languages at once."""
    # Of a kind with several major versions, the latest.
    anchors = {chapter.kind: chapter.anchor for chapter in dictionary.chapters}
    template = _loader.load("standard.html")
    return template.generate(dictionary=dictionary, anchors=anchors, words=WORDS, language="zh", style=STYLE)


def schema_text(document: Mapping[str, Any]) -> bytes:
    """Return a schema as it is shown."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


class _StandardHandler(BaseHandler):
    def compute_etag(self) -> str | None:
        """Return a digest, so that whoever has it need not fetch it again."""
        return RequestHandler.compute_etag(self)

    @property
    def papers(self) -> StandardPapers:
        """Return what is shown."""
        return self.services.sync.papers

    def show(self, content: bytes, media_type: str) -> None:
        """Answer with a paper of the standard."""
        self.set_header("Content-Type", media_type)
        self.set_header("Cache-Control", "no-cache")
        self.finish(content)


class DictionaryPageHandler(_StandardHandler):
    """`/standard`: the data dictionary."""

    def get(self) -> None:
        """Show the page."""
        self.set_header("Content-Security-Policy", POLICY)
        self.show(self.papers.page, "text/html; charset=utf-8")


class DictionaryBookHandler(_StandardHandler):
    """`/standard/dictionary.xlsx`: the same as a spreadsheet."""

    async def get(self) -> None:
        """Answer with the file."""
        content = await self.papers.book()
        self.set_header("Cache-Control", "no-cache")
        self.send_file(content, XLSX, "chengma-data-dictionary.xlsx")


class SchemaHandler(_StandardHandler):
    """`/standard/{name}`: the schema of a kind at a major version, such as `outlet.v1.schema.json`."""

    def get(self, name: str) -> None:
        """Answer with the schema."""
        content = self.papers.schemas.get(name)
        if content is None:
            raise RouteUnknown
        self.show(content, SCHEMA_TYPE)
