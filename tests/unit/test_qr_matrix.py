"""QR symbols as bits: a reader reads them, and they are as small as they can be."""

import pytest
import zxingcpp
from PIL import Image

from qr.matrix import MOST_TEXT_BYTES, Level, Matrix, encode_matrix

LINK = "https://codes.city.cn/i/05nmkmg00000akneg51at49825ca"


def drawn(matrix: Matrix, *, quiet: int = 4, pixels: int = 3) -> Image.Image:
    side = matrix.size + 2 * quiet
    picture = Image.new("L", (side, side), 255)
    for y in range(matrix.size):
        for x in range(matrix.size):
            if matrix.is_dark(x, y):
                picture.putpixel((x + quiet, y + quiet), 0)
    return picture.resize((side * pixels, side * pixels), Image.Resampling.NEAREST)


@pytest.mark.parametrize("level", ["L", "M", "Q", "H"])
@pytest.mark.parametrize("text", [LINK, "a", "示例" * 20, LINK * 10])
def test_a_reader_reads_it(text: str, level: Level) -> None:
    matrix = encode_matrix(text, level)
    assert len(matrix.rows) == matrix.size * matrix.row_bytes
    [found] = zxingcpp.read_barcodes(drawn(matrix))
    assert found.text == text
    assert found.ec_level == level
    assert f"'Version': '{(matrix.size - 17) // 4}'" in str(found.extra)


def test_padding_is_light() -> None:
    matrix = encode_matrix(LINK)
    assert not any(matrix.is_dark(x, y) for y in range(matrix.size) for x in range(matrix.size, 8 * matrix.row_bytes))


# Capacities of byte mode at level M, ISO/IEC 18004 table 7.
@pytest.mark.parametrize(("characters", "version"), [(42, 3), (43, 4), (62, 4), (63, 5), (84, 5), (85, 6), (106, 6)])
def test_the_version_is_the_lowest_that_fits(characters: int, version: int) -> None:
    assert encode_matrix(("https://" + "abcdefgh" * 20)[:characters]).size == 17 + 4 * version


@pytest.mark.parametrize("text", ["", "a" * (MOST_TEXT_BYTES + 1), "示" * (MOST_TEXT_BYTES // 3 + 1)])
def test_texts_have_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="bytes"):
        encode_matrix(text)
