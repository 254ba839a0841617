"""Pictures of codes."""

from io import BytesIO
from typing import Literal

import qrcode
from qrcode.image.pil import PilImage
from qrcode.util import QRData

from qr.entry_code import EntryCode

QUIET_ZONE_MODULES = 4  # ISO/IEC 18004 asks for four on every side
MAX_BOX_PIXELS = 40
ALPHANUMERIC: Literal[2] = 2  # its mode indicator in ISO/IEC 18004: 11 bits for two characters


def entry_code_png(code: EntryCode, *, box: int = 8) -> bytes:
    """Return a black-and-white PNG of `code`, `box` pixels (1 to 40) to a module.

    Error correction level M, alphanumeric mode, a quiet zone of 4 modules; the same code gives the same
    bytes. Raises ValueError for a box out of range, or a text that the alphanumeric mode cannot hold.
    """
    if not 1 <= box <= MAX_BOX_PIXELS:
        raise ValueError(f"a module has 1 to {MAX_BOX_PIXELS} pixels a side")
    drawing = qrcode.QRCode(
        error_correction=qrcode.ERROR_CORRECT_M,
        box_size=box,
        border=QUIET_ZONE_MODULES,
        image_factory=PilImage,
    )
    drawing.add_data(QRData(code.encode(), mode=ALPHANUMERIC))
    picture = BytesIO()
    drawing.make_image().save(picture)
    return picture.getvalue()
