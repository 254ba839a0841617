"""What people read: one entry for each code, what happened and what to do, in Chinese and English."""

from collections.abc import Mapping

from handlers.messages import (
    check_ins,
    checklists,
    common,
    complaints,
    epcis,
    findings,
    items,
    jobs,
    outlets,
    patrols,
    photos,
    plans,
    plates,
    transparency,
    visits,
)
from handlers.messages.fields import FIELD_BOUNDS, FIELD_MESSAGES
from handlers.messages.model import Message

__all__ = ["FIELD_BOUNDS", "FIELD_MESSAGES", "MESSAGES", "Message"]

MESSAGES: Mapping[str, Message] = {
    **common.MESSAGES,
    **visits.MESSAGES,
    **items.MESSAGES,
    **jobs.MESSAGES,
    **epcis.MESSAGES,
    **transparency.MESSAGES,
    **patrols.MESSAGES,
    **outlets.MESSAGES,
    **plates.MESSAGES,
    **checklists.MESSAGES,
    **photos.MESSAGES,
    **plans.MESSAGES,
    **check_ins.MESSAGES,
    **findings.MESSAGES,
    **complaints.MESSAGES,
}
