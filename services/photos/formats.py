"""What a file is, by its first bytes: never by its name."""

HEAD_BYTES = 32

JPEG = "image/jpeg"
PNG = "image/png"
WEBP = "image/webp"
HEIC = "image/heic"

# Brands of ISO/IEC 23008-12, annex B, for pictures coded by HEVC.
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_OTHER_PICTURES = (b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"<svg", b"<?xml", b"\x00\x00\x01\x00", b"8BPS")
# Pillow's names of the same.
DECODERS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}


def media_type_of(head: bytes) -> str | None:
    """Return the media type of a file that we take, None for any other."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    return HEIC if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS else None


def is_other_picture(head: bytes) -> bool:
    """Tell whether this begins like a picture or film of a kind that we do not take."""
    return head.startswith(_OTHER_PICTURES) or head[4:8] == b"ftyp"
