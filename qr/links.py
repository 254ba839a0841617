"""The links in QR codes that any phone can open."""

from urllib.parse import urlsplit

from qr.item_code import ItemCode

ITEM_PATH = "/i/"


def item_link(public_url: str, code: ItemCode) -> str:
    """Return where anyone may check the item: `public_url` (http or https, a path if need be) + `/i/` + `code`.

    Scheme and host come out in lower case, as WeChat's rules for links compare them by character.
    """
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}{ITEM_PATH}{code}"
