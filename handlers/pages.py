"""The two pages of the server itself: a welcome, and the reference of the HTTP interface."""

import importlib.util
from pathlib import Path

from tornado.web import RequestHandler

from handlers.base import BaseHandler
from handlers.problems import RouteUnknown

PAGES = Path(__file__).with_name("static")
# Swagger UI keeps its styles inline and shows pictures of replies as blobs; scripts come from this server only,
# and nothing from elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".png": "image/png", ".svg": "image/svg+xml"}
ASSETS = frozenset({"swagger-ui.css", "swagger-ui-bundle.js"})


def _assets_folder() -> Path:
    # Looked up, not imported: only the files of Swagger UI are wanted, not the package around them.
    spec = importlib.util.find_spec("swagger_ui")
    locations = spec.submodule_search_locations if spec else None
    return Path((locations or ["."])[0]) / "static"


class _PageHandler(BaseHandler):
    def compute_etag(self) -> str | None:
        """Return a digest of the page, so that a browser need not fetch it again."""
        return RequestHandler.compute_etag(self)

    def show(self, path: Path) -> None:
        """Answer with a file of ours."""
        media_type = MEDIA_TYPES.get(path.suffix, "text/html; charset=utf-8")
        self.set_header("Content-Type", media_type)
        self.set_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.set_header("Cache-Control", "no-cache" if path.suffix == ".html" else "public, max-age=3600")
        self.finish(path.read_bytes())


class WelcomeHandler(_PageHandler):
    """`/`: what this is and where to go."""

    def get(self) -> None:
        """Show the page."""
        self.show(PAGES / "welcome.html")


class ReferenceHandler(_PageHandler):
    """`/docs`: the interface, to read and to try."""

    def get(self) -> None:
        """Show the page."""
        self.show(PAGES / "reference.html")


class ReferenceAssetHandler(_PageHandler):
    """`/docs/assets/{name}`: what the reference page loads."""

    def get(self, name: str) -> None:
        """Show one of a fixed list of files."""
        if name in ASSETS:
            self.show(_assets_folder() / name)
        elif name in {"reference.js", "welcome.css"}:
            self.show(PAGES / name)
        else:
            raise RouteUnknown
