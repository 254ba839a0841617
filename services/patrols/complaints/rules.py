"""Decisions about complaints, free of input and output."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from services.patrols.complaints.errors import ComplaintAnswered, ComplaintTakenUp
from services.patrols.complaints.model import AnswerComplaint, Complaint, ComplaintState, SiteDay

# What a district can look at; the rest of a flood is kept, and listed apart.
MOST_A_SITE_A_DAY = 20
COUNTS_KEPT_FOR = timedelta(days=3)
# Long enough for an objection against the answer, and then texts and contacts have no purpose any more.
ERASED_AFTER = timedelta(days=180)


def day_key(site_id: str, day: date) -> str:
    """Return the key of a site's count of a day."""
    return f"{site_id}:{day.isoformat()}"


def counted(before: SiteDay | None, key: str, now: datetime) -> SiteDay:
    """Return the count with one more."""
    if before is None:
        return SiteDay(id=key, filed=1, forget_at=now + COUNTS_KEPT_FOR, version=1)
    return replace(before, filed=before.filed + 1, version=before.version + 1)


def is_held_back(day: SiteDay) -> bool:
    """Tell whether the complaint that made this count is beyond what a site gets on a day."""
    return day.filed > MOST_A_SITE_A_DAY


def taken_up(complaint: Complaint, actor_id: str, task_id: str | None, now: datetime) -> Complaint:
    """Return the complaint as somebody looks into it; raises ComplaintTakenUp or ComplaintAnswered."""
    if complaint.state is ComplaintState.TAKEN_UP:
        raise ComplaintTakenUp
    if complaint.state is ComplaintState.ANSWERED:
        raise ComplaintAnswered
    return replace(
        complaint,
        state=ComplaintState.TAKEN_UP,
        taken_up_at=now,
        taken_up_by=actor_id,
        task_id=task_id,
        version=complaint.version + 1,
    )


def answered(complaint: Complaint, command: AnswerComplaint, ciphertext: bytes, now: datetime) -> Complaint:
    """Return the complaint with its answer; raises ComplaintAnswered. One that nobody took up may be answered, too."""
    if complaint.state is ComplaintState.ANSWERED:
        raise ComplaintAnswered
    return replace(
        complaint,
        state=ComplaintState.ANSWERED,
        outcome=command.outcome,
        answer=ciphertext,
        answered_at=now,
        answered_by=command.actor.id,
        erase_at=now + ERASED_AFTER,
        version=complaint.version + 1,
    )


def erased(complaint: Complaint, now: datetime) -> Complaint:
    """Return the complaint without anything that somebody wrote or showed; that there was a case stays."""
    return replace(
        complaint,
        text=None,
        contact=None,
        answer=None,
        photos=(),
        erase_at=None,
        erased_at=now,
        version=complaint.version + 1,
    )
