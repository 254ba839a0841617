"""Why a device is not enrolled, not found, or must say more."""

from services.common.errors import Conflict, FieldError, Invalid, NotFound, Unauthenticated


class DeviceUnknown(NotFound):
    """There is no such device, or not within the actor's scope."""

    code = "gate_device_not_found"
    title = "No such gate device"


class EnrolmentCodeRefused(Unauthenticated):
    """Nobody gave out this code, or its device was revoked before it came."""

    code = "enrolment_code_refused"
    title = "This enrolment code is not good"


class EnrolmentCodeUsed(Conflict):
    """A device has enrolled with this code."""

    code = "enrolment_code_used"
    title = "This enrolment code was used"


class EnrolmentCodeExpired(Conflict):
    """The code was good for thirty minutes."""

    code = "enrolment_code_expired"
    title = "This enrolment code has expired"


class TooManyDevices(Conflict):
    """The venue has as many devices as one may have."""

    code = "too_many_gate_devices"
    title = "This venue has as many gate devices as it may have"


class DeviceKeyTaken(Conflict):
    """A device has enrolled with this key: of two with one key nobody could tell who signed."""

    code = "device_key_taken"
    title = "Another device has enrolled with this key"


class DeviceKeyUnusable(Invalid):
    """The bytes are no Ed25519 public key, or one under which anything verifies."""

    code = "device_key_unusable"
    title = "This is no usable Ed25519 public key"

    def __init__(self) -> None:
        super().__init__(errors=(FieldError(path="public_key", code="invalid_format", detail=self.title),))
