"""What people read: one entry for each code, what happened and what to do, in Chinese and English."""

from collections.abc import Mapping

from handlers.messages import (
    check_ins,
    checklists,
    clients,
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
    sync_admin,
    sync_inbound,
    sync_quality,
    sync_reconciliations,
    transparency,
    visits,
    webhooks,
)
from handlers.messages.fields import FIELD_BOUNDS, FIELD_MESSAGES
from handlers.messages.model import Message

__all__ = ["FIELD_BOUNDS", "FIELD_MESSAGES", "MESSAGES", "Message"]

MESSAGES: Mapping[str, Message] = {
    **common.MESSAGES,
    **visits.MESSAGES,
    **clients.MESSAGES,
    **webhooks.MESSAGES,
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
    **sync_admin.MESSAGES,
    **sync_quality.MESSAGES,
    **sync_reconciliations.MESSAGES,
    **sync_inbound.MESSAGES,
}
