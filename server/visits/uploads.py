"""Uploads of what gates did without network, put together."""

from handlers.visit_context import UploadServices
from server.visits.parts import VisitParts
from services.admissions.devices.directory import DeviceDirectory
from services.admissions.revocations.mongo import MongoRevocations
from services.admissions.undoing import Undoing
from services.admissions.uploads.checking import Checking
from services.admissions.uploads.evidence import CodeEvidence
from services.admissions.uploads.keeping import ConflictKeeping, LogReading
from services.admissions.uploads.linking import Linking
from services.admissions.uploads.mongo import MongoConflicts, MongoGateLog
from services.admissions.uploads.readings import Readings
from services.admissions.uploads.recording import Recording
from services.admissions.uploads.uploading import Uploading
from services.reservations.leases.reading import LeaseReading


def build_uploads(
    parts: VisitParts, *, devices: DeviceDirectory, leases: LeaseReading, undoing: Undoing
) -> UploadServices:
    """Return the services."""
    log, conflicts = MongoGateLog(parts.mongo), MongoConflicts(parts.mongo)
    readings = Readings(
        codes=CodeEvidence(parts.entry_keys),
        leases=leases,
        revoked=MongoRevocations(parts.mongo),
        digest=parts.digest,
        ids=parts.ids,
    )
    return UploadServices(
        uploading=Uploading(
            checking=Checking(devices=devices, venues=parts.venues),
            readings=readings,
            recording=Recording(groups=parts.gate.groups, scans=parts.gate.scans, undoing=undoing),
            linking=Linking(log=log),
            log=log,
            conflicts=conflicts,
            devices=devices,
            clock=parts.clock,
        ),
        logs=LogReading(log=log, devices=devices, venues=parts.venues),
        conflicts=ConflictKeeping(conflicts=conflicts, venues=parts.venues, clock=parts.clock),
    )
