"""Who reads codes: an enrolled device, or staff in a session."""

from services.admissions.model import Movement, Reader
from services.common.protection import KeyedDigest
from services.identity.model import Actor
from services.identity.rules import is_device


def reader_of(actor: Actor) -> Reader:
    """Return the device that reads, or the session of staff: two people who share an account are two readers."""
    if is_device(actor):
        return Reader(id=actor.id, device_id=actor.id)
    return Reader(id=actor.session_id, device_id=None)


def scan_digest(digest: KeyedDigest, reader: Reader, movement: Movement, what: str, count: int | None) -> str:
    """Return what stands for a scan: the same nonce with the same one is the same scan, sent again.

    `what` is the code or the lease that was read, "" for people who were only counted. The reader belongs to it: two
    devices at one gate that count their nonces alike are told so, and neither's people are lost.
    """
    return digest.of("scan", reader.id, movement, what, str(count))
