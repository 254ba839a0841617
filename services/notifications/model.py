"""What somebody shall be told of, the notice that it becomes, and the accepts that pay for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """What a notice is about; each kind has a template of its own at WeChat."""

    BOOKING_CONFIRMED = "booking_confirmed"
    BOOKING_CHANGED = "booking_changed"
    BOOKING_CANCELLED_BY_VENUE = "booking_cancelled_by_venue"
    WAITLIST_OFFER = "waitlist_offer"
    VISIT_REMINDER = "visit_reminder"
    DRAW_RESULT = "draw_result"
    GROUP_DECIDED = "group_decided"


class Fact:
    """The names of what a call may tell; all values are texts, and none is a person's name or number.

    `starts_at` and `respond_by` are instants in ISO 8601 with their offset, `party_size` is a number in digits.
    `reservation_id` names the visit where the subject is an entry in a queue, a draw or a group's application.
    `outcome` is YES or NO: drawn or not, approved or not. `round` tells facts of one kind and subject apart that
    come again, such as the second offer to one place in a queue.
    """

    STARTS_AT = "starts_at"
    RESPOND_BY = "respond_by"
    PARTY_SIZE = "party_size"
    RESERVATION_ID = "reservation_id"
    OUTCOME = "outcome"
    ROUND = "round"


YES, NO = "yes", "no"


@dataclass(frozen=True, kw_only=True)
class NoticeCall:
    """A fact that one citizen shall be told of; written in the transaction of the fact itself.

    `subject_id` is the reservation, or the entry in a queue, a draw or a group's application. `due_at` None means at
    once. After `expires_at` it is worthless, and is not sent any more. What `facts` may hold: Fact.
    """

    kind: NoticeKind
    subject_id: str
    citizen_id: str
    venue_id: str
    facts: Mapping[str, str]
    due_at: datetime | None
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """The calls of one transaction, as they wait to become notices."""

    id: str
    told_at: datetime
    calls: tuple[NoticeCall, ...]


class NoticeState(StrEnum):
    """Where a notice stands. All but the first two are ends, and none of them leads to another send.

    `refused`: WeChat says that the person takes no more of this kind. `no_accept`: by our own ledger none was left, so
    WeChat was not asked. `no_template`: this deployment sends none of this kind. `uncertain`: it may have been sent.
    `withdrawn`: by the time it was due, the visit was off.
    """

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    NO_ACCEPT = "no_accept"
    NO_TEMPLATE = "no_template"
    EXPIRED = "expired"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One message to one citizen.

    `key` is made of what it tells, so that no fact makes two; `id` is for lists, the newest last. `fence` grows with
    each claim. `code` says why it failed. `ended_at` is when it came to its end.
    """

    id: str
    key: str
    kind: NoticeKind
    subject_id: str
    citizen_id: str
    venue_id: str
    facts: Mapping[str, str]
    made_at: datetime
    due_at: datetime
    expires_at: datetime
    state: NoticeState = NoticeState.WAITING
    fence: int = 0
    tries: int = 0
    code: str | None = None
    ended_at: datetime | None = None


class Claim(StrEnum):
    """What became of the wish to send a notice."""

    CLAIMED = "claimed"
    NO_ACCEPT = "no_accept"
    LOST = "lost"


class AcceptFate(StrEnum):
    """What becomes of the accept that a claim took: one message uses it up, unless none was sent for certain."""

    USED = "used"
    GIVEN_BACK = "given_back"
    CLEARED = "cleared"


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What an attempt came to; a notice that goes on waiting is due again at `due_at`."""

    state: NoticeState
    accept: AcceptFate
    at: datetime
    code: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One claimed notice on its way to WeChat; `id` names the attempt, and nobody else's has that name."""

    id: str
    notice: Notice


@dataclass(frozen=True, kw_only=True)
class AcceptGiven:
    """A person's answer to wx.requestSubscribeMessage for one kind."""

    kind: NoticeKind
    accepted: bool


@dataclass(frozen=True, kw_only=True)
class Grant:
    """The answers of one question, under an id that the phone made, so that it can repeat them."""

    id: str
    citizen_id: str
    accepts: tuple[AcceptGiven, ...]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How many messages of a kind a person will still take, by our ledger; `template_id` None: none are sent."""

    kind: NoticeKind
    left: int
    template_id: str | None
