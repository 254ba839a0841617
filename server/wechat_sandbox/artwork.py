"""Draws the pictures that stand in for mini-program codes."""

import io
import re
from collections.abc import Mapping
from urllib.parse import quote

import qrcode

from server.wechat_sandbox.refusals import Errcode, Refused

LONGEST_SCENE = 32
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
PAGE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_/-]{0,127}")
NARROWEST, WIDEST, USUAL_WIDTH = 280, 1280, 430  # pixels
VERSIONS = frozenset({"release", "trial", "develop"})


def draw_code(wanted: Mapping[str, object]) -> bytes:
    """Return a PNG of an ordinary QR code that says page and scene.

    Raises Refused: 40169 for a scene that is missing or longer than 32 characters, 40129 for a
    character that WeChat does not allow, 41030 for a bad page, 40097 for a bad width or version.
    """
    scene = wanted.get("scene")
    if not isinstance(scene, str) or not 1 <= len(scene) <= LONGEST_SCENE:
        raise Refused(Errcode.INVALID_SCENE_LENGTH)
    if not SCENE.fullmatch(scene):
        raise Refused(Errcode.INVALID_SCENE)
    page = wanted.get("page", "pages/index/index")
    if not isinstance(page, str) or not PAGE.fullmatch(page):
        raise Refused(Errcode.INVALID_PAGE)
    width = wanted.get("width", USUAL_WIDTH)
    if not isinstance(width, int) or not NARROWEST <= width <= WIDEST:
        raise Refused(Errcode.INVALID_ARGUMENTS)
    version = wanted.get("env_version", "release")
    if not isinstance(version, str) or version not in VERSIONS:
        raise Refused(Errcode.INVALID_ARGUMENTS)
    return _png(f"sandbox:{page}?scene={quote(scene, safe='')}", width)


def _png(content: str, width: int) -> bytes:
    code = qrcode.QRCode(border=4)
    code.add_data(content)
    code.make(fit=True)
    picture = code.make_image().get_image().convert("L").resize((width, width))
    out = io.BytesIO()
    picture.save(out, format="PNG", optimize=True)
    return out.getvalue()
