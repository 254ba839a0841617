"""Why an item is not taken in, and why a conflict is not found or not settled."""

from services.common.errors import Conflict, FieldError, NotFound

DEVICE_UNKNOWN = FieldError(path="device_id", code="device_unknown", detail="no such device, or not within your scope")
GATE_UNKNOWN = FieldError(path="gate_id", code="gate_unknown", detail="no such gate at the device's venue")
HASH_WRONG = FieldError(path="hash", code="hash_wrong", detail="this is not the hash of the entry")
SIGNATURE_WRONG = FieldError(path="signature", code="signature_wrong", detail="the device did not sign this entry")


class ConflictUnknown(NotFound):
    """There is no such conflict, or not within the actor's scope."""

    code = "conflict_not_found"
    title = "No such conflict"


class ConflictSettled(Conflict):
    """Somebody says something else of it at this very moment, or too much was said already."""

    code = "conflict_settled"
    title = "Somebody else settles this conflict"
