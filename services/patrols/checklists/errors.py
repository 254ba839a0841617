"""Refusals about checklists."""

from services.common.errors import Conflict, Forbidden, Invalid, NotFound


class AnswersInvalid(Invalid):
    """Answers do not fit the checklist; each error names its answer, such as `answers[2].value`."""

    code = "answers_invalid"
    title = "Some answers do not fit the checklist"


class ChecklistInvalid(Invalid):
    """A template cannot be released; each error names its place, such as `sections[0].questions[3].id`."""

    code = "checklist_invalid"
    title = "This checklist cannot be released"


class ChecklistUnknown(NotFound):
    """There is no such template, or not for the actor's part of the city."""

    code = "checklist_not_found"
    title = "No such checklist"


class ReleaseUnknown(NotFound):
    """The template has no release of this number."""

    code = "checklist_release_not_found"
    title = "The checklist has no such release"


class ChecklistNotYours(Forbidden):
    """The template belongs to a level above the actor's: it may be used, not changed."""

    code = "checklist_not_yours"
    title = "This checklist belongs to a level above yours"


class ChecklistSuperseded(Conflict):
    """Somebody released a newer version than the one that this is based on."""

    code = "checklist_superseded"
    title = "A newer version of this checklist was released meanwhile"


class ChecklistRetired(Conflict):
    """The template is retired, so it gets no new release."""

    code = "checklist_retired"
    title = "This checklist is retired"
