"""The photos that a finding is closed by: how it was, and how it is, each seen and not only named."""

from collections.abc import Collection

from services.common.errors import FieldError
from services.patrols.findings.errors import EvidenceMissing
from services.patrols.findings.model import Finding, Remedy


def before_of(finding: Finding) -> tuple[str, ...]:
    """Return the photos that show what is wrong: of the check-in, and of re-inspections that found it still so."""
    later = (one.photos for one in finding.reinspections if one.remedy is Remedy.NOT_FIXED)
    return tuple(dict.fromkeys([*finding.before, *(photo for photos in later for photo in photos)]))


def after_of(finding: Finding) -> tuple[str, ...]:
    """Return the photos that show it put right."""
    return tuple(photo for one in finding.reinspections if one.remedy is Remedy.FIXED for photo in one.photos)


def evidence_of(finding: Finding) -> tuple[str, ...]:
    """Return all photos that closing it may rest on."""
    return tuple(dict.fromkeys([*before_of(finding), *after_of(finding)]))


def ensure_evidence(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Pass when photos from before and others from after are named; raises EvidenceMissing with the path of the gap."""
    if not before:
        raise EvidenceMissing(errors=(_gap("before", "No photo shows how it was."),))
    # The same file twice shows one moment, not two.
    if not set(after) - set(before):
        raise EvidenceMissing(errors=(_gap("photos", "No photo shows how it is now."),))


def is_proved(finding: Finding, ready: Collection[str]) -> bool:
    """Tell whether a photo from before and another one from after can be seen, `ready` being those that can.

    What was called fixed before somebody found it still wrong proves nothing.
    """
    before = set(before_of(finding))
    after: set[str] = set()
    for one in reversed(finding.reinspections):
        if one.remedy is Remedy.NOT_FIXED:
            break
        after.update(one.photos)
    return not before.isdisjoint(ready) and not (after - before).isdisjoint(ready)


def _gap(path: str, detail: str) -> FieldError:
    return FieldError(path=path, code="evidence_missing", detail=detail)
