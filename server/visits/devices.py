"""Gate devices and revoked codes, put together."""

from handlers.visit_context import DeviceServices
from server.visits.parts import VisitParts
from services.admissions.devices.beating import Beating
from services.admissions.devices.directory import DeviceDirectory
from services.admissions.devices.enrolling import Enrolling
from services.admissions.devices.keeping import DeviceKeeping
from services.admissions.devices.mongo import MongoDevices
from services.admissions.revocations.mongo import MongoRevocations
from services.admissions.revocations.revoking import CodeRevoking


def build_devices(parts: VisitParts) -> DeviceServices:
    """Return what is done with gate devices."""
    store = MongoDevices(parts.mongo)
    return DeviceServices(
        directory=DeviceDirectory(store=store, clock=parts.clock),
        enrolling=Enrolling(
            store=store,
            sessions=parts.device_sessions,
            venues=parts.venues,
            pack_keys=parts.pack_keys,
            digest=parts.digest,
            clock=parts.clock,
            ids=parts.ids,
        ),
        keeping=DeviceKeeping(store=store, sessions=parts.device_sessions, venues=parts.venues, clock=parts.clock),
        beating=Beating(store=store, sessions=parts.device_sessions, pack_keys=parts.pack_keys, clock=parts.clock),
    )


def build_code_revoking(parts: VisitParts) -> CodeRevoking:
    """Return what revokes the codes of reservations."""
    return CodeRevoking(
        store=MongoRevocations(parts.mongo),
        revocations=parts.revocations,
        venues=parts.venues,
        clock=parts.clock,
    )
