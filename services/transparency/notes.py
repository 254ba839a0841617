"""Signed notes: checkpoints as text that other tools read, too (C2SP signed-note, tlog-checkpoint, tlog-cosignature).

A note is `origin LF size LF root LF`, an empty line, and one line for each signature:
`— name base64(key id ‖ signature)`. Only one spelling of a note is taken.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qr.errors import BadSignature
from qr.keyring import SigningKey, VerifyKey
from qr.signing import SIGNATURE_BYTES, sign, verify
from services.transparency.merkle import HASH_BYTES
from services.transparency.model import Checkpoint

LOG_KEY = 1
WITNESS_KEY = 4
KEY_ID_BYTES = 4
TIME_BYTES = 8
PUBLIC_BYTES = 32
MOST_SIGNATURES = 64
_NAME = r"[!-*,-~]{1,100}"
_BODY = re.compile(rf"({_NAME})\n(0|[1-9][0-9]{{0,17}})\n([A-Za-z0-9+/]{{43}}=)\n")
_SIGNATURE_LINE = re.compile(rf"— ({_NAME}) ([A-Za-z0-9+/]+={{0,2}})")
_KEY_TEXT = re.compile(rf"({_NAME})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/]{{44}})")
NAME = re.compile(_NAME)


class NoteMalformed(ValueError):
    """Not a note, a checkpoint or a key, or not in its one spelling."""


class NoteRefused(ValueError):
    """A signature that is needed is missing or wrong."""


@dataclass(frozen=True, kw_only=True)
class NoteSignature:
    """One line below a note; of a witness, `signature` begins with the time (8 bytes, seconds since 1970)."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, kw_only=True)
class Note:
    """A text with signatures; `body` ends with a line feed."""

    body: str
    signatures: tuple[NoteSignature, ...]

    @property
    def text(self) -> str:
        """The note as it is written."""
        return f"{self.body}\n{''.join(_line(one) for one in self.signatures)}"


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """Who signs: a name, an Ed25519 key, and whether it is a log's (LOG_KEY) or a witness's (WITNESS_KEY)."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that stand for the key in a signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as it is handed out: `name+key id in hex+base64(kind ‖ public key)`."""
        return f"{self.name}+{self.id.hex()}+{_encode(bytes([self.kind]) + self.public)}"


def read_key(text: str) -> PublicKey:
    """Return the key that was handed out as `text`; raises NoteMalformed."""
    found = _KEY_TEXT.fullmatch(text)
    if found is None:
        raise NoteMalformed("not a key of the form name+id+base64")
    data = _decode(found[3])
    key = PublicKey(name=found[1], kind=data[0], public=data[1:])
    if key.kind not in {LOG_KEY, WITNESS_KEY} or len(key.public) != PUBLIC_BYTES:
        raise NoteMalformed("not an Ed25519 key of a log or a witness")
    if key.id.hex() != found[2]:
        raise NoteMalformed("the key's id is not that of its name and bytes")
    return key


def write_body(checkpoint: Checkpoint) -> str:
    """Return the text of a checkpoint that is signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{_encode(checkpoint.root)}\n"


def read_body(body: str) -> Checkpoint:
    """Return the checkpoint; raises NoteMalformed."""
    found = _BODY.fullmatch(body)
    if found is None:
        raise NoteMalformed("not the three lines of a checkpoint")
    root = _decode(found[3])
    if len(root) != HASH_BYTES:
        raise NoteMalformed("the root is no hash")
    return Checkpoint(origin=found[1], size=int(found[2]), root=root)


def read_note(text: str) -> Note:
    """Return the note; raises NoteMalformed."""
    body, separator, lines = text.partition("\n\n")
    if not separator or not body or not lines.endswith("\n"):
        raise NoteMalformed("not a text, an empty line, and lines of signatures")
    signatures = lines.removesuffix("\n").split("\n")
    if len(signatures) > MOST_SIGNATURES:
        raise NoteMalformed(f"more than {MOST_SIGNATURES} signatures")
    return Note(body=body + "\n", signatures=tuple(_read_line(line) for line in signatures))


def sign_checkpoint(checkpoint: Checkpoint, key: SigningKey) -> Note:
    """Return the checkpoint as a note signed by its log, under the log's own name."""
    body = write_body(checkpoint)
    named = PublicKey(name=checkpoint.origin, kind=LOG_KEY, public=key.public)
    signature = sign(key, context=b"", message=body.encode())
    return Note(body=body, signatures=(NoteSignature(name=named.name, key_id=named.id, signature=signature),))


def cosign(note: Note, name: str, key: SigningKey, at_s: int) -> Note:
    """Return the note with one more signature: that of the witness `name`, who saw it at `at_s` (since 1970)."""
    named = PublicKey(name=name, kind=WITNESS_KEY, public=key.public)
    signature = sign(key, context=b"", message=_seen(note.body, at_s))
    line = NoteSignature(name=name, key_id=named.id, signature=at_s.to_bytes(TIME_BYTES, "big") + signature)
    return Note(body=note.body, signatures=(*note.signatures, line))


def verify_log_signature(note: Note, keys: Sequence[PublicKey]) -> Checkpoint:
    """Return the checkpoint that one of the log's `keys` signed; raises NoteRefused or NoteMalformed.

    As the standard wants it, signatures of unknown keys do not count, and a wrong one of a known key spoils the note.
    """
    checkpoint = read_body(note.body)
    signed = False
    for key, line in _lines_of(note, keys):
        if key.kind == LOG_KEY and key.name == checkpoint.origin:
            _verify(key, note.body.encode(), line.signature)
            signed = True
    if not signed:
        raise NoteRefused("not signed by a key of this log")
    return checkpoint


def verify_witness(note: Note, witness: PublicKey) -> int:
    """Return when `witness` saw the checkpoint, in seconds since 1970; raises NoteRefused."""
    for _, line in _lines_of(note, [witness]):
        at_s = int.from_bytes(line.signature[:TIME_BYTES], "big")
        _verify(witness, _seen(note.body, at_s), line.signature[TIME_BYTES:])
        return at_s
    raise NoteRefused(f"not cosigned by {witness.name}")


def _lines_of(note: Note, keys: Sequence[PublicKey]) -> list[tuple[PublicKey, NoteSignature]]:
    return [(key, line) for key in keys for line in note.signatures if (line.name, line.key_id) == (key.name, key.id)]


def _verify(key: PublicKey, message: bytes, signature: bytes) -> None:
    if len(signature) != SIGNATURE_BYTES:
        raise NoteRefused(f"the signature of {key.name} has a wrong length")
    try:
        verify(VerifyKey(kid=0, public=key.public), context=b"", message=message, signature=signature)
    except BadSignature:
        raise NoteRefused(f"the signature of {key.name} is wrong") from None


def _seen(body: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{body}".encode()


def _line(signature: NoteSignature) -> str:
    return f"— {signature.name} {_encode(signature.key_id + signature.signature)}\n"


def _read_line(line: str) -> NoteSignature:
    found = _SIGNATURE_LINE.fullmatch(line)
    if found is None:
        raise NoteMalformed("not a line of a signature")
    data = _decode(found[2])
    if len(data) <= KEY_ID_BYTES:
        raise NoteMalformed("a signature without bytes")
    return NoteSignature(name=found[1], key_id=data[:KEY_ID_BYTES], signature=data[KEY_ID_BYTES:])


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise NoteMalformed("not base64") from None
    if _encode(data) != text:  # spare bits that are not zero
        raise NoteMalformed("not the one spelling in base64")
    return data
