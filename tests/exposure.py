"""Looks for traces of what must not be known somewhere: in clear, in every usual encoding, and as an unkeyed hash.

dump = Dump(documents)
assert dump.finds(Secret(what="phone", text="13800000000")) == []
"""

import base64
import hashlib
import html
import json
import struct
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, quote_plus

import bson

# Shorter pieces are found anywhere by chance.
SHORTEST = 6
HASHES = [name for name in ("md5", "sha1", "sha256", "sha512", "sm3") if name in hashlib.algorithms_available]
# So much of a hash tells it apart from all others, also where somebody kept its beginning only.
PIECE_OF_HASH = 8
LABELS = ("reservation", "admission", "staff", "citizen")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Secret:
    """What must not be found; `what` says what it is of."""

    what: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Bytes that betray a secret, and the way in which they do."""

    how: str
    piece: bytes


class Dump:
    """Everything there is of a place, made ready to be searched."""

    def __init__(self, documents: Iterable[Mapping[str, Any]], text: str = "") -> None:
        """Take documents as they are in the database, keys and values, and perhaps text such as of logs."""
        pieces = [text.encode()]
        for document in documents:
            pieces.append(bson.encode(document))
            pieces.append(json.dumps(document, ensure_ascii=False, default=str).encode())
        whole = b"\n".join(pieces)
        folded = whole.decode(errors="replace").casefold().encode()
        self._all = b"\n".join((whole, folded, folded.replace(b" ", b"")))
        self._beginnings = {self._all[at : at + SHORTEST] for at in range(len(self._all))}

    def finds(self, secret: Secret) -> list[str]:
        """Return the ways in which a secret is betrayed here."""
        return sorted({trace.how for trace in traces_of(secret) if self._has(trace.piece)})

    def _has(self, piece: bytes) -> bool:
        return piece[:SHORTEST] in self._beginnings and piece in self._all


def traces_of(secret: Secret) -> Iterator[Trace]:
    """Yield all traces of a secret that are long enough to mean anything."""
    for variant in variants_of(secret.text):
        for trace in (*_encoded(variant), *_hashed(variant)):
            if len(trace.piece) >= SHORTEST:
                yield trace
    for label in LABELS:
        for text in (f"{label}|{secret.text}", f"{label}:{secret.text}", f"{label}{secret.text}"):
            yield from _hashed(text)


def variants_of(text: str) -> Sequence[str]:
    """Return a text and what normalising makes of it."""
    compact = "".join(text.split())
    bare = "".join(one for one in text if one.isalnum())
    national = bare.removeprefix("86") if text.startswith("+86") else bare
    forms = (text, compact, bare, national, f"+86{national}", unicodedata.normalize("NFKC", text))
    cased = [one for form in forms for one in (form, form.upper(), form.lower(), form.casefold())]
    return [one for one in dict.fromkeys(cased) if len(one.encode()) >= SHORTEST]


def _encoded(text: str) -> Iterator[Trace]:
    raw = text.encode()
    yield Trace(how="clear", piece=raw)
    yield Trace(how="casefolded", piece=text.casefold().encode())
    for name in ("utf-16-le", "utf-16-be", "gb18030"):
        yield Trace(how=name, piece=text.encode(name))
    for how in (quote, quote_plus):
        yield Trace(how="url", piece=how(text, safe="").encode())
        yield Trace(how="url", piece=how(text, safe="").lower().encode())
    yield Trace(how="html", piece=html.escape(text).encode())
    yield Trace(how="html", piece=text.encode("ascii", "xmlcharrefreplace"))
    yield Trace(how="json", piece=json.dumps(text)[1:-1].encode())
    yield Trace(how="hex", piece=raw.hex().encode())
    yield Trace(how="hex", piece=raw.hex().upper().encode())
    yield Trace(how="reversed", piece=text[::-1].encode())
    for offset, shift in enumerate((0, 2, 3)):
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            written = encode(bytes(offset) + raw).rstrip(b"=")
            # The last digit depends on what follows.
            sure = written if (offset + len(raw)) % 3 == 0 else written[:-1]
            yield Trace(how=f"{name} at {offset}", piece=sure[shift:])


def _hashed(text: str) -> Iterator[Trace]:
    for name in HASHES:
        digest = hashlib.new(name, text.encode(), usedforsecurity=False).digest()
        yield Trace(how=f"{name} bytes", piece=digest[:PIECE_OF_HASH])
        yield Trace(how=f"{name} hex", piece=digest.hex()[: 2 * PIECE_OF_HASH].encode())
        yield Trace(how=f"{name} base64", piece=base64.b64encode(digest)[: PIECE_OF_HASH + 2])
        yield Trace(how=f"{name} base64url", piece=base64.urlsafe_b64encode(digest)[: PIECE_OF_HASH + 2])
        yield Trace(how=f"{name} base32", piece=base64.b32encode(digest)[:12])
        yield Trace(how=f"{name} base32", piece=base64.b32encode(digest)[:12].lower())


def instants_of(at: datetime) -> Sequence[bytes]:
    """Return how an instant is written, in documents and in texts, to the millisecond and to the second."""
    here = at.astimezone(UTC) + timedelta(hours=8)
    milliseconds = (at - EPOCH) // timedelta(milliseconds=1)
    written = [one.strftime("%Y-%m-%dT%H:%M:%S").encode() for one in (at.astimezone(UTC), here)]
    return [struct.pack("<q", milliseconds), str(milliseconds).encode(), *written]


def numbers_of(value: float) -> Sequence[bytes]:
    """Return how a number is written, in documents and in texts."""
    return [struct.pack("<d", value), repr(value).encode()]


def has_any(dump: Dump, pieces: Iterable[bytes]) -> list[bytes]:
    """Return which of these are there."""
    return [piece for piece in pieces if dump._has(piece)]
