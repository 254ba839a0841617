"""What of a submission can be told from the submission alone: its content's fingerprint, and the photos in it."""

from datetime import UTC, datetime
from typing import Any

from services.common.errors import FieldError
from services.patrols.checkins.errors import SubmissionInvalid
from services.patrols.checkins.model import Submission
from services.patrols.documents import part_document
from services.patrols.findings.model import Remedy
from services.transparency.commitment import canonical

MOST_PHOTOS = 200


def content_of(said: Submission) -> str:
    """Return the one spelling of a content (RFC 8785); when it was sent is not part of it."""
    document = part_document(said)
    del document["sent_at"]
    return canonical(_plain(document)).decode()


def submission_key(account_id: str, submission_id: str) -> str:
    """Return the name of a submission: its id is its phone's own, and says nothing under another account."""
    return f"{account_id}:{submission_id}"


def photos_of(said: Submission) -> tuple[str, ...]:
    """Return all photos that a submission names, each once, in their order."""
    answered = [photo for answer in said.answers for photo in answer.photos]
    again = [photo for one in said.reinspections for photo in one.photos]
    return tuple(dict.fromkeys([*answered, *again]))


def ensure_usable(said: Submission) -> None:
    """Pass unless there are too many photos, a finding is judged twice, or called fixed without a photo of that.

    Raises SubmissionInvalid.
    """
    faults = []
    if len(photos_of(said)) > MOST_PHOTOS:
        values = (str(MOST_PHOTOS),)
        faults.append(
            FieldError(path="answers", code="too_many_photos", detail=f"at most {MOST_PHOTOS}", values=values)
        )
    ids = [one.finding_id for one in said.reinspections]
    faults += [
        FieldError(path=f"reinspections[{at}].finding_id", code="repeated", detail="this finding is judged above")
        for at, one in enumerate(ids)
        if one in ids[:at]
    ]
    faults += [
        FieldError(
            path=f"reinspections[{at}].photos",
            code="evidence_missing",
            detail="at least 1 photo of how it is now is needed",
            values=("1",),
        )
        for at, one in enumerate(said.reinspections)
        if one.remedy is Remedy.FIXED and not one.photos
    ]
    if faults:
        raise SubmissionInvalid(errors=tuple(faults))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
