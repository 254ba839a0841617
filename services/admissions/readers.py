"""Who reads codes: an enrolled device, or staff in a session."""

from services.admissions.model import Reader
from services.identity.model import Actor
from services.identity.rules import is_device


def reader_of(actor: Actor) -> Reader:
    """Return the device that reads, or the session of staff: two people who share an account are two readers."""
    if is_device(actor):
        return Reader(id=actor.id, device_id=actor.id)
    return Reader(id=actor.session_id, device_id=None)
