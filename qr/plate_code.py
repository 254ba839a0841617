"""Plate codes: which plate this is and on which site it hangs, signed, within a link that any phone can open.

A code is 99 bytes in Crockford's base32, lower case: 35 bytes of payload and their Ed25519 signature. docs/codes.md
gives the layout to the byte. Whether the plate is still the site's own, the server knows, or a signed list of ended
plates: see `qr.plate_list`.
"""

from dataclasses import dataclass
from typing import NewType
from urllib.parse import urlsplit

from ulid import ULID

from qr.base32 import decode_base32, encode_base32
from qr.errors import MalformedCode
from qr.keyring import MAX_KID, Keyring, PublicKeyring
from qr.signing import SIGNATURE_BYTES, sign, verify

PlateCode = NewType("PlateCode", str)

SIGNING_CONTEXT = b"chengma-plate-1"
VERSION = 1
PLATE_PREFIX = "plt"
# The second byte but one of the payload; numbers are never used again.
SITE_PREFIXES = {1: "otl", 2: "ven"}
ULID_BYTES = 16
PAYLOAD_BYTES = 3 + 2 * ULID_BYTES
CODE_BYTES = PAYLOAD_BYTES + SIGNATURE_BYTES
MOST_LINK_CHARACTERS = 600  # with what WeChat and others hang on to it
_PATH = "/o"
_SITE_KINDS = {prefix: kind for kind, prefix in SITE_PREFIXES.items()}


@dataclass(frozen=True, kw_only=True)
class PlateClaim:
    """What a plate says: `plate_id` is `plt_` + ULID, `site_id` `otl_` or `ven_` + ULID, `kid` the key that signs.

    Raises ValueError for anything else, other spellings of a ULID included.
    """

    kid: int
    plate_id: str
    site_id: str

    def __post_init__(self) -> None:
        if not 0 <= self.kid <= MAX_KID:
            raise ValueError(f"a kid lies between 0 and {MAX_KID}")
        if self.plate_id.partition("_")[0] != PLATE_PREFIX or self.site_id.partition("_")[0] not in _SITE_KINDS:
            raise ValueError("a plate belongs to an outlet or a venue")
        _raw(self.plate_id)
        _raw(self.site_id)

    @property
    def payload(self) -> bytes:
        """The 35 bytes that are signed."""
        kind = _SITE_KINDS[self.site_id.partition("_")[0]]
        return bytes([VERSION, self.kid, kind]) + _raw(self.plate_id) + _raw(self.site_id)


def make_plate_code(claim: PlateClaim, keyring: Keyring) -> PlateCode:
    """Sign with the ring's active key; raises ValueError if the claim names another kid. Always the same code."""
    if claim.kid != keyring.active.kid:
        raise ValueError("the plate names another key than the one that signs")
    signature = sign(keyring.active, context=SIGNING_CONTEXT, message=claim.payload)
    return PlateCode(encode_base32(claim.payload + signature))


def read_plate_code(text: str, keyring: PublicKeyring) -> PlateClaim:
    """Return what a plate says; `text` is its code, or a link of any host whose path ends in `/o/` and the code.

    A link may carry what WeChat adds behind a `?`; a code has one spelling. Raises MalformedCode, UnknownKey,
    RevokedKey or BadSignature.
    """
    raw = decode_base32(_code_within(text), CODE_BYTES)
    payload, signature = raw[:PAYLOAD_BYTES], raw[PAYLOAD_BYTES:]
    version, kid, kind = payload[:3]
    if version != VERSION or kind not in SITE_PREFIXES:
        raise MalformedCode
    verify(keyring.find(kid), context=SIGNING_CONTEXT, message=payload, signature=signature)
    plate, site = payload[3 : 3 + ULID_BYTES], payload[3 + ULID_BYTES :]
    return PlateClaim(kid=kid, plate_id=f"{PLATE_PREFIX}_{ULID(plate)}", site_id=f"{SITE_PREFIXES[kind]}_{ULID(site)}")


def _code_within(text: str) -> str:
    if len(text) > MOST_LINK_CHARACTERS:
        raise MalformedCode
    if "/" not in text:
        return text
    try:
        link = urlsplit(text)
    except ValueError:
        raise MalformedCode from None
    above, _, code = link.path.rpartition("/")
    # urlsplit leaves out what a browser would: one spelling is still one spelling.
    if link.scheme not in {"http", "https"} or not link.netloc or not above.endswith(_PATH) or code not in text:
        raise MalformedCode
    return code


def _raw(its_id: str) -> bytes:
    text = its_id.partition("_")[2]
    try:
        raw = ULID.from_str(text).bytes
    except ValueError:
        raw = b""
    if len(raw) != ULID_BYTES or str(ULID(raw)) != text:
        raise ValueError("not an id with a ULID")
    return raw
