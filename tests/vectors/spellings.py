"""Vectors of codes that are malformed: as texts, and as payloads whose signature is good."""

import cbor2

from tests.vectors.steps import Case, Scan, once
from tests.vectors.town import ENTRY_KEYS, NOW, booked, drawn, payload, rotation_of, screen, signed, slip, text

VISIT = booked(1)
GOOD = screen(VISIT)
GOOD_BYTES = signed(payload(VISIT), ENTRY_KEYS[1])
PLAIN = payload(VISIT)
HEAD, ID, TAG, START, LENGTH, PARTY = PLAIN[:3], PLAIN[3:20], PLAIN[20:29], PLAIN[29:34], PLAIN[34:36], PLAIN[36:]

TEXTS = {
    "nothing": "",
    "the prefix alone": "CC1:",
    "a prefix in small letters": "cc1:" + GOOD[4:],
    "another version": "CC2:" + GOOD[4:],
    "no prefix": GOOD[4:],
    "prefix twice": "CC1:" + GOOD,
    "a blank in front": " " + GOOD,
    "a blank behind": GOOD + " ",
    "a line break behind": GOOD + "\n",
    "a character fewer": GOOD[:-1],
    "two characters fewer": GOOD[:-2],
    "three characters fewer": GOOD[:-3],
    "half of it": GOOD[: len(GOOD) // 2],
    "twice": GOOD + GOOD[4:],
    "a small letter": GOOD[:40] + "a" + GOOD[41:],
    "a character outside the alphabet": GOOD[:40] + "_" + GOOD[41:],
    "a full-width digit": GOOD[:40] + "\uff10" + GOOD[41:],
    "a Chinese character": GOOD[:40] + "中" + GOOD[41:],
    "beyond the basic plane": GOOD[:40] + "\U0001f3ab" + GOOD[41:],
    "a zero byte": GOOD[:40] + "\0" + GOOD[41:],
    "a group of 65,536": "CC1:GGW" + GOOD[7:],
    "the largest group": "CC1::::" + GOOD[7:],
    "257 characters": "CC1:" + "0" * 253,
    "256 characters of zero": "CC1:" + "0" * 252,
    "a link": "https://codes.example.cn/i/05npczz204k71b2jjvwmfc1b2as0",
    "three characters after the prefix": "CC1:BB8",
}

# Bodies that are spelt well; `S` is the good payload, signed.
BODIES = {
    "75 bytes, less than signature, step and mac": GOOD_BYTES[:2] + bytes(73),
    "63 bytes on paper": b"\x87\x02" + bytes(61),
    "a screen code without its mac": GOOD_BYTES + bytes(4),
    "a screen code without step and mac": GOOD_BYTES,
    "a byte behind": GOOD_BYTES + bytes(13),
    "a paper code with step and mac": signed(payload(VISIT, form=2), ENTRY_KEYS[1]) + bytes(12),
}

PAYLOADS = {
    "array head too long": b"\x98\x07" + PLAIN[1:],
    "indefinite array": b"\x9f" + PLAIN[1:] + b"\xff",
    "kid too long": b"\x87\x01\x18\x01" + PLAIN[3:],
    "kid in two bytes": b"\x87\x01\x19\x00\x01" + PLAIN[3:],
    "kid 256": b"\x87\x01\x19\x01\x00" + PLAIN[3:],
    "id head too long": HEAD + b"\x58\x10" + ID[1:] + PLAIN[20:],
    "indefinite id": HEAD + b"\x5f" + ID + b"\xff" + PLAIN[20:],
    "text as id": HEAD + b"\x70" + b"A" * 16 + PLAIN[20:],
    "short id": HEAD + b"\x4f" + ID[2:] + PLAIN[20:],
    "long id": HEAD + b"\x51\x00" + ID[1:] + PLAIN[20:],
    "tag head too long": HEAD + ID + b"\x58\x08" + TAG[1:] + PLAIN[29:],
    "short tag": HEAD + ID + b"\x47" + TAG[2:] + PLAIN[29:],
    "start in eight bytes": HEAD + ID + TAG + b"\x1b" + bytes(4) + START[1:] + LENGTH + PARTY,
    "small start in four bytes": HEAD + ID + TAG + b"\x1a\x00\x00\xff\xff" + LENGTH + PARTY,
    "small start in two bytes": HEAD + ID + TAG + b"\x19\x00\xff" + LENGTH + PARTY,
    "tagged start": HEAD + ID + TAG + b"\xc1" + START + LENGTH + PARTY,
    "negative start": HEAD + ID + TAG + b"\x3a" + START[1:] + LENGTH + PARTY,
    "start 2^31": HEAD + ID + TAG + b"\x1a\x80\x00\x00\x00" + LENGTH + PARTY,
    "latest start": HEAD + ID + TAG + b"\x1a\xff\xff\xff\xff" + LENGTH + PARTY,
    "length in two bytes": HEAD + ID + TAG + START + b"\x19\x00\x78" + PARTY,
    "length in four bytes": HEAD + ID + TAG + START + b"\x1a\x00\x00\x00\x78" + PARTY,
    "no length": HEAD + ID + TAG + START + b"\x00" + PARTY,
    "length 65,536": HEAD + ID + TAG + START + b"\x1a\x00\x01\x00\x00" + PARTY,
    "longest length": HEAD + ID + TAG + START + b"\x1a\xff\xff\xff\xff" + PARTY,
    "party in one byte more": HEAD + ID + TAG + START + LENGTH + b"\x18\x03",
    "party of none": HEAD + ID + TAG + START + LENGTH + b"\x00",
    "party of 1,001": HEAD + ID + TAG + START + LENGTH + b"\x19\x03\xe9",
    "negative party": HEAD + ID + TAG + START + LENGTH + b"\x22",
    "true as party": HEAD + ID + TAG + START + LENGTH + b"\xf5",
    "null as party": HEAD + ID + TAG + START + LENGTH + b"\xf6",
    "float as party": HEAD + ID + TAG + START + LENGTH + b"\xf9\x42\x00",
    "big number as party": HEAD + ID + TAG + START + LENGTH + b"\xc2\x41\x03",
    "array as party": HEAD + ID + TAG + START + LENGTH + b"\x81\x03",
    "text as party": HEAD + ID + TAG + START + LENGTH + b"\x613",
    "six items": b"\x86" + PLAIN[1:-1],
    "eight items": b"\x88" + PLAIN[1:] + b"\x00",
    "one byte behind": PLAIN + b"\x00",
    "self-described": b"\xd9\xd9\xf7" + PLAIN,
    "an array of 2^64": b"\x9b" + b"\xff" * 8,
    "an id of 2^64 bytes": b"\x87\x01\x01\x5b" + b"\xff" * 8,
    "forty arrays deep": b"\x81" * 40,
    "a huge big float": b"\x87\x01\x01\xc5\x82\x1b" + b"\x7f" * 8 + b"\x01",
    "a map": cbor2.dumps({"form": 1}),
    "nothing at all": b"",
}
FORMS = {0: b"\x00", 3: b"\x03", 24: b"\x18\x18", "1 in two bytes": b"\x18\x01", "true": b"\xf5", "text": b"\x61\x31"}


def cases() -> list[Case]:
    """Return the vectors."""
    rotation = rotation_of(VISIT)
    found = [once(f"text: {name}", Scan(code, NOW), "malformed") for name, code in TEXTS.items()]
    found += [once(f"bytes: {name}", Scan(text(body), NOW), "malformed") for name, body in BODIES.items()]
    for name, said in PAYLOADS.items():
        code = drawn(signed(said, ENTRY_KEYS[1]), NOW, rotation)
        found.append(once(f"signed: {name}", Scan(code, NOW), "malformed"))
    for form, said in FORMS.items():
        body = signed(PLAIN[:1] + said + PLAIN[2:], ENTRY_KEYS[1])
        found.append(once(f"signed: form {form}, as on paper", Scan(text(body), NOW, None, "123x"), "malformed"))
    latest = PLAIN[:1] + b"\x02" + PLAIN[2:29] + b"\x1a\x7f\xff\xff\xff\x19\xff\xff" + PARTY
    found.append(
        once("signed: latest start, longest slot", Scan(text(signed(latest, ENTRY_KEYS[1])), NOW), "too_early")
    )
    earliest = PLAIN[:1] + b"\x02" + PLAIN[2:29] + b"\x00\x01\x01"
    found.append(once("signed: earliest start", Scan(text(signed(earliest, ENTRY_KEYS[1])), NOW), "too_late"))
    found.append(once("paper in the place of nothing", Scan(slip(VISIT), NOW), "document_tail_needed?"))
    return found
