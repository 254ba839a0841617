"""The pages that open when any phone scans a code of ours: each one document, no script, nothing from elsewhere."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tornado.template import Loader

from handlers.messages import MESSAGES
from handlers.operation import ApiHandler
from handlers.problems import FormFromElsewhere, RouteUnknown, status_of
from services.common.errors import DomainError

TEMPLATES = Path(__file__).with_name("templates")
LANGUAGES = {b"zh": "zh", b"en": "en"}
# "none" is the reader's own doing, such as loading again.
OWN_SITES = frozenset({"same-origin", "none"})
NO_ORIGIN = "null"
OTHER_LANGUAGE = {"zh": "en", "en": "zh"}

_loader = Loader(str(TEMPLATES), autoescape="xhtml_escape")


def read_style(*names: str) -> str:
    """Return the style sheets of these names as one."""
    return "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in names)


def content_security_policy(style: str, *, forms: str) -> str:
    """Return a policy that allows this very style and no script; `forms` says where forms may be sent."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        f"frame-ancestors 'none'; base-uri 'none'; form-action {forms}"
    )


class CheckPageHandler(ApiHandler):
    """Shows pages, of refusals, too, in the language that the address or else the browser asks for.

    `words` has all fixed words by language.
    """

    style: ClassVar[str] = read_style("check.css")
    policy: ClassVar[str] = content_security_policy(style, forms="'none'")
    words: ClassVar[Mapping[str, Mapping[str, str]]]

    @property
    def language(self) -> str:
        """Return the language that the address asks for, or else the browser."""
        asked = self.request.query_arguments.get("lang", [b""])[-1]
        return LANGUAGES.get(asked) or super().language

    def ensure_own_form(self) -> None:
        """Raise FormFromElsewhere where the browser says that a page of another site has sent this form.

        Our pages send no referrer, and by the Fetch standard forms of such pages have the origin `null`: that says
        nothing. Whatever is no browser says neither, and could not be made to send anything by another site.
        """
        site = self.request.headers.get("Sec-Fetch-Site")
        if site is not None:
            own = site in OWN_SITES
        else:
            origin = self.request.headers.get("Origin", NO_ORIGIN)
            own = origin == NO_ORIGIN or urlsplit(origin).netloc.casefold() == self.request.host.casefold()
        if not own:
            raise FormFromElsewhere

    def advice_on(self, refusal: DomainError) -> str:
        """Return what to do about a refusal."""
        if refusal.retry_after_s:
            return self.words[self.language]["wait"].format(refusal.retry_after_s)
        return MESSAGES[refusal.code].advice[self.language]

    def tell_refusal(self, refusal: DomainError) -> None:
        """Show a refusal as a page that a person can read, too."""
        if isinstance(refusal, RouteUnknown):
            self.show_page("missing.html")
            return
        title = MESSAGES[refusal.code].title[self.language]
        self.show_page("refusal.html", title=title, advice=self.advice_on(refusal), request_id=self.request_id)

    def set_status_of(self, refusal: DomainError) -> None:
        """Say by the status what a page says in words: it shows a refusal beside other things."""
        self.set_status(status_of(type(refusal)))
        if refusal.retry_after_s is not None:
            self.set_header("Retry-After", str(refusal.retry_after_s))

    def show_page(self, template: str, **shown: Any) -> None:
        """Answer with a page in the reader's language."""
        language = self.language
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Language", "zh-CN" if language == "zh" else "en")
        self.set_header("Content-Security-Policy", self.policy)
        self.set_header("X-Robots-Tag", "noindex")
        self.set_header("Vary", "Accept-Language")
        page = _loader.load(template)
        self.finish(page.generate(words=self.words[language], language=language, style=self.style, **shown))


class NoCheckPageHandler(CheckPageHandler):
    """Any other address that a damaged or mistyped link may lead to."""

    def get(self, *_: str) -> None:
        """Refuse."""
        raise RouteUnknown

    post = put = patch = delete = options = get
