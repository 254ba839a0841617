"""QR symbols as bits, made a batch at a time: some thousands a second where artwork's library makes a hundred."""

import math
from dataclasses import dataclass
from typing import Literal

import zxingcpp

Level = Literal["L", "M", "Q", "H"]
MOST_TEXT_BYTES = 1000  # far beyond any code of ours, and within what version 40 holds at every level

_BITS = bytes.maketrans(b"\x00\xff", b"10")  # the library draws in shades of grey: 0 is dark


@dataclass(frozen=True, kw_only=True, slots=True)
class Matrix:
    """A symbol of `size` by `size` modules without its quiet zone.

    `rows` holds them from the top, each row in whole bytes, the leftmost module in the highest bit; 1 is dark; the
    padding is light.
    """

    size: int
    rows: bytes

    @property
    def row_bytes(self) -> int:
        """The bytes of one row."""
        return (self.size + 7) // 8

    def is_dark(self, x: int, y: int) -> bool:
        """Tell the colour of a module, counted from the top left corner."""
        return bool(self.rows[y * self.row_bytes + x // 8] >> (7 - x % 8) & 1)


def encode_matrix(text: str, level: Level = "M") -> Matrix:
    """Return the symbol (ISO/IEC 18004) of `text` in the lowest version that holds it, with the mask that reads best.

    Raises ValueError for an empty text or one of more than MOST_TEXT_BYTES bytes in UTF-8.
    """
    if not 1 <= len(text.encode()) <= MOST_TEXT_BYTES:
        raise ValueError(f"a symbol holds 1 to {MOST_TEXT_BYTES} bytes")
    drawn = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    shades = memoryview(drawn.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type] # it is a buffer
    size = math.isqrt(shades.nbytes)
    bits = bytes(shades).translate(_BITS)
    padding = b"0" * (-size % 8)
    padded = b"".join([bits[start : start + size] + padding for start in range(0, size * size, size)])
    return Matrix(size=size, rows=int(padded, 2).to_bytes(len(padded) // 8, "big"))
