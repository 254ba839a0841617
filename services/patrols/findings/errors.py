"""Refusals about findings."""

from services.common.errors import Conflict, Forbidden, Invalid, NotFound


class FindingUnknown(NotFound):
    """No such finding, or not within the actor's scope."""

    code = "finding_not_found"
    title = "No such finding"


class FindingOver(Conflict):
    """The finding is closed or withdrawn."""

    code = "finding_over"
    title = "This finding is closed already"


class FindingNotConfirmed(Conflict):
    """The check-in that brought the finding still waits for review."""

    code = "finding_not_confirmed"
    title = "This finding is not confirmed yet"


class FindingConfirmed(Conflict):
    """The finding is confirmed already."""

    code = "finding_confirmed"
    title = "This finding is confirmed already"


class FindingDispatched(Conflict):
    """A notice was issued already."""

    code = "finding_dispatched"
    title = "A notice was issued already"


class NoticeMissing(Conflict):
    """No notice was issued yet."""

    code = "notice_missing"
    title = "No notice was issued yet"


class EvidenceMissing(Invalid):
    """A finding is closed only with photos from before and from after."""

    code = "evidence_missing"
    title = "Photos from before and after are needed to close a finding"


class ExtensionRefused(Invalid):
    """The new deadline is not later than the old one, is past, or is too far away."""

    code = "extension_refused"
    title = "The deadline cannot be put off to that day"


class ExtensionsUsedUp(Conflict):
    """The deadline was put off as often as it may be."""

    code = "extensions_used_up"
    title = "The deadline cannot be put off again"


class SecondPersonNeeded(Forbidden):
    """Who found it may not withdraw it."""

    code = "second_person_needed"
    title = "Somebody else than the inspector has to do this"


class RectificationUnknown(NotFound):
    """No finding is behind this link, or not any more."""

    code = "rectification_not_found"
    title = "This link does not lead anywhere"


class AnswersUsedUp(Conflict):
    """The owner has answered as often as can be."""

    code = "answers_used_up"
    title = "No more answers can be sent"
