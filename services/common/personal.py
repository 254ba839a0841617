"""Least data: things are recorded, never persons. Words by which an attribute or a question asks for a person's."""

import re

# 民族 alone, or at the end, asks for a person's; 民族文字 or 民族服饰 is about a thing.
_CHINESE = re.compile(
    r"宗教信仰|信仰|信教|教徒|教名|法名|民族(成分|身份)?$|族别|族裔|身份证|证件号|护照号|手机|电话|联系方式"
    r"|姓名|本名|真名|联系人"
)
# Of a snake_case name, or of a title in English.
_ENGLISH = re.compile(
    r"\b(religious (belief|affiliation|faith)s?|religions?|faith|creed|believer|ethnic(ity| group| origin)?|ethnicities"
    r"|nationality|race"
    r"|(id|identity|passport) ?(card|number|no)s?|idcard|passports?|(resident|citizen) id"
    r"|(tele|cell|mobile) ?(phone|number|no)s?|phones?|^mobile$"
    r"|(full|first|last|given|family|person|persons|people|contact|holder|owner|donor|keeper) ?names?|surnames?"
    r"|contact persons?)\b"
)

# In whole sentences, whoever may be meant; an authority for 民族宗教 or a 宗教活动场所 is no person's.
_BELIEF = re.compile(
    r"信仰|信教|信奉|信什么教|教徒|教名|法名|穆斯林|族别|族裔|民族(成分|身份|是|为|属)|(什么|哪个|何种|哪一)民族|民族$"
    r"|少数民族|[回藏苗壮满]族|维吾尔族|哈萨克族|(员工|职工|人员|厨师|老板|负责人|经营者|本人)的?民族"
)
_BELIEF_ENGLISH = re.compile(
    r"\b(religious (belief|affiliation|faith)s?|religions?|faith|creed|believers?|muslims?|buddhists?|christians?"
    r"|ethnic(ity| group| origin| minority| minorities)?|ethnicities|nationality|race)\b"
)


def asks_for_a_belief(sentence: str) -> bool:
    """Tell whether a sentence asks for somebody's religion or ethnicity, be it by yes or no."""
    spaced = re.sub(r"[_\W]+", " ", sentence).strip()
    return _BELIEF_ENGLISH.search(spaced.casefold()) is not None or _BELIEF.search("".join(spaced.split())) is not None


def asks_for_a_person(text: str) -> bool:
    """Tell whether an attribute of this name or title asks for a religion, ethnicity, document, phone or name."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"['’]s\b", "", text))
    spaced = re.sub(r"[_\W]+", " ", spaced).strip()
    return _ENGLISH.search(spaced.casefold()) is not None or _CHINESE.search("".join(spaced.split())) is not None
