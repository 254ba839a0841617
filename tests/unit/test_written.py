"""What people type freely: long numbers go, however they are set apart, and plain words stay."""

import pytest

from services.common.written import MASK, without_long_numbers


@pytest.mark.parametrize(
    "number",
    [
        "13800001234",
        "138/0000/1234",
        "138,0000,1234",
        "138，0000，1234",
        "138、0000、1234",
        "138****0000****1234",
        "138.0000.1234",
        "138。0000。1234",
        "138:0000:1234",
        "1:38:00:00:12:34",
        "138|0000|1234",
        "138 - 0000 - 1234",
        "138__0000__1234",
        "138~0000~1234",
        "138\n0000\n1234",
        "1*3*8*0*0*0*0*1*2*3*4",
        "1\ufe0f\u20e33\ufe0f\u20e38\ufe0f\u20e30\ufe0f\u20e30\ufe0f\u20e30\ufe0f\u20e30",
        "１３８／００００／１２３４",
        "110105/19491231/002X",
    ],
)
def test_numbers_are_masked_however_they_are_set_apart(number: str) -> None:
    masked = without_long_numbers(f"电话{number}，请回电")
    assert masked.startswith(f"电话{MASK}")
    assert masked.endswith("，请回电")
    assert not [one for one in masked if one.isdigit()]


@pytest.mark.parametrize(
    "words",
    [
        "",
        "12月24日9:00-17:00，共3人",
        "9:00-17:00，3人",
        "9：00—17：00、18:30",
        "上午8:30至11:30，13:00至16:30",
        "等了30分钟，第2次来",
        "2026年11月22日",
        "1380-12",
        "3.5分，20元/人",
        "12345 与 123456",
        "12-----3456-----7890",
    ],
)
def test_plain_words_stay(words: str) -> None:
    assert without_long_numbers(words) == words


def test_a_number_behind_a_time_goes_and_the_time_stays() -> None:
    assert without_long_numbers("9:00-17:00 138 0000 1234") == f"9:00-17:00 {MASK}"
    assert without_long_numbers("138 0000 1234, 9:00") == MASK
    assert without_long_numbers("13:80:00:01:23") == MASK
