"""Codes that were altered after they were made, or were made by somebody else: what a thief or a scanner may show."""

from collections.abc import Callable, Mapping
from random import Random

from base45 import b45decode

from tests.vectors import town

NONE = "none"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
STRANGE = ALPHABET + "abcé中\ud800\U0001f54c\n\x00"
ORDER = 2**252 + 27742317777372353535851937790883648493
SIGNATURE_BYTES = 64
ROTATION_BYTES = 12

# Makes a code anew, with other fields than the genuine one.
Make = Callable[..., str]


def spoilt(draw: Random, how: str, make: Make) -> str:
    """Return a code as `make` makes it, or one that is spoilt in any of the ways below."""
    if how == NONE:
        return make()
    return WAYS[draw.choice(list(WAYS))](draw, make)


def _in_text(draw: Random, make: Make) -> str:
    code = make()
    at = draw.randrange(len(code))
    return draw.choice(
        [
            code[:at] + draw.choice(ALPHABET) + code[at + 1 :],
            code[:at] + draw.choice(STRANGE) + code[at + 1 :],
            code[:at] + draw.choice(STRANGE) + code[at:],
            code[:at] + code[at + 1 :],
            code[:at],
            code[at:],
            code + draw.choice(ALPHABET) * draw.randint(1, 90),
            code.lower(),
            code.swapcase(),
            f" {code}",
            f"{code}\n",
        ]
    )


def _in_bytes(draw: Random, make: Make) -> str:
    body = bytearray(b45decode(make().removeprefix(town.text(b""))))
    at = draw.randrange(len(body))
    body[at] ^= 1 << draw.randrange(8)
    return town.text(bytes(body))


def _in_length(draw: Random, make: Make) -> str:
    body = b45decode(make().removeprefix(town.text(b"")))
    cut = draw.choice([1, ROTATION_BYTES, SIGNATURE_BYTES, len(body)])
    return town.text(draw.choice([body[:-cut], body[cut:], body + bytes(cut), body + draw.randbytes(ROTATION_BYTES)]))


def _before_drawing(draw: Random, make: Make) -> str:
    """Spoil what is signed, and draw it by the right phone: the mac is good, the signature is not."""

    def change(body: bytes) -> bytes:
        at = draw.randrange(len(body))
        return body[:at] + bytes([body[at] ^ (1 << draw.randrange(8))]) + body[at + 1 :]

    return make(change=change)


def _second_signature(_draw: Random, make: Make) -> str:
    """Add the order of the group to the second half of a signature: RFC 8032 refuses it, some libraries do not."""

    def change(body: bytes) -> bytes:
        more = int.from_bytes(body[-32:], "little") + ORDER
        return body[:-32] + (more % 2**256).to_bytes(32, "little")

    return make(kid=1, change=change)


def _longer_number(draw: Random, make: Make) -> str:
    """Write the party's size in more bytes than it needs; the signature was over the shorter form."""
    wide = draw.choice([b"\x18", b"\x19\x00", b"\x1a\x00\x00\x00", b"\x1b" + bytes(7)])
    return make(change=lambda body: body[: -SIGNATURE_BYTES - 1] + wide + body[-SIGNATURE_BYTES - 1 :])


def _nonsense(draw: Random, _make: Make) -> str:
    start = draw.choice(["", "CC1:", "CC1:", "CC2:", "cc1:"])
    return start + "".join(draw.choices(draw.choice([ALPHABET, STRANGE]), k=draw.choice([0, 1, 2, 3, 160, 252, 253])))


WAYS: Mapping[str, Callable[[Random, Make], str]] = {
    "in the text": _in_text,
    "in its bytes": _in_bytes,
    "in its length": _in_length,
    "before it is drawn": _before_drawing,
    "by a second signature": _second_signature,
    "by a longer number": _longer_number,
    "as nonsense": _nonsense,
    "of another venue": lambda _, make: make(venue=town.OTHER_VENUE),
    "by another phone": lambda draw, make: make(rotation=draw.randbytes(32)),
}
