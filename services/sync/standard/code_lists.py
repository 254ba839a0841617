"""The lists that codes and forms of the standard come from."""

from collections.abc import Mapping
from typing import NamedTuple


class CodeList(NamedTuple):
    """What a list is called, in Chinese and English."""

    zh: str
    en: str


CODE_LISTS: Mapping[str, CodeList] = {
    "GB/T 2260": CodeList("中华人民共和国行政区划代码", "Codes for the administrative divisions of China"),
    "GB 32100": CodeList(
        "法人和其他组织统一社会信用代码编码规则", "Unified social credit identifier (USCC) of organisations"
    ),
    "ISO 8601": CodeList(
        "日期和时间表示法（GB/T 7408）；时刻按 RFC 3339 书写", "Dates and times (GB/T 7408); instants as in RFC 3339"
    ),
    "EPCIS 2.0 CBV": CodeList("EPCIS 2.0 核心业务词汇", "Core Business Vocabulary of EPCIS 2.0 (ISO/IEC 19988)"),
}
