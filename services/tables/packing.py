"""What a spreadsheet file is made of: a ZIP archive, which must not unpack to more than any real table holds."""

import io
import zlib
from zipfile import BadZipFile, ZipFile

from services.tables.errors import TableUnreadable

MOST_UNPACKED_BYTES = 50 * 1024 * 1024
MOST_MEMBERS = 200
_CHUNK_BYTES = 1 << 20
# Entities of XML multiply: spreadsheet programs write none, and a document type is where they are declared.
_DOCUMENT_TYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_OVERLAP = max(map(len, _DOCUMENT_TYPES)) - 1


def ensure_harmless(data: bytes) -> None:
    """Raise TableUnreadable unless `data` is a whole archive of bounded size, declared and real, without entities."""
    try:
        with ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED_BYTES:
                raise TableUnreadable
            left = MOST_UNPACKED_BYTES
            for member in members:
                left -= _unpacked_bytes(archive, member.filename, left)
    # Password-protected members raise RuntimeError, unknown packings NotImplementedError.
    except (BadZipFile, EOFError, OSError, RuntimeError, ValueError, zlib.error):
        raise TableUnreadable from None


def _unpacked_bytes(archive: ZipFile, name: str, most: int) -> int:
    """Read a member to its end, which checks its length and sum; return its size."""
    size, tail = 0, b""
    with archive.open(name) as member:
        while chunk := member.read(_CHUNK_BYTES):
            size += len(chunk)
            looked_at = tail + chunk
            if size > most or any(mark in looked_at for mark in _DOCUMENT_TYPES):
                raise TableUnreadable
            tail = looked_at[-_OVERLAP:]
    return size
