"""The links in QR codes that any phone can open."""

from urllib.parse import urlsplit

from qr.item_code import ItemCode
from qr.plate_code import PlateCode

ITEM_PATH = "/i/"
PLATE_PATH = "/o/"


def item_link(public_url: str, code: ItemCode) -> str:
    """Return where anyone may check the item: `public_url` (http or https, a path if need be) + `/i/` + `code`.

    Scheme and host come out in lower case, as WeChat's rules for links compare them by character.
    """
    return f"{_plain(public_url)}{ITEM_PATH}{code}"


def plate_link(public_url: str, code: PlateCode) -> str:
    """Return where anyone may look a site up: `public_url` + `/o/` + `code`, its scheme and host in lower case, too."""
    return f"{_plain(public_url)}{PLATE_PATH}{code}"


def _plain(public_url: str) -> str:
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
