"""What the tests of notices share: calls, a sender that remembers, and a worker on the real store."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.common.clock import Clock, UlidSource
from services.common.mongo import Mongo
from services.notifications.errors import SendFailed
from services.notifications.expanding import NoticeExpanding
from services.notifications.model import AcceptGiven, Fact, Grant, Notice, NoticeCall, NoticeKind, NoticeState
from services.notifications.mongo import MongoAccepts, MongoNoticeCalls, MongoNotices
from services.notifications.ports import Addresses, NoticeStore, Sender, VisitStanding
from services.notifications.rules import notice_key
from services.notifications.sending import NoticeSending, SendingParts
from services.notifications.templates import DEMO_TEMPLATES, Template, read_template
from services.notifications.working import NoticeWork
from tests.factories import NOW, new_id

TEMPLATES = {kind: found for kind, text in DEMO_TEMPLATES.items() if (found := read_template(text)) is not None}
SOON = NOW + timedelta(days=2)


class Hand:
    """A clock that a test moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.instant = now

    def now(self) -> datetime:
        return self.instant

    def pass_by(self, **span: float) -> None:
        self.instant += timedelta(**span)


def make_call(**changes: Any) -> NoticeCall:
    """Return a call that is due at once and of use for a day; its visit is past, so that it brings no reminder."""
    call = NoticeCall(
        kind=NoticeKind.BOOKING_CONFIRMED,
        subject_id=new_id("rsv"),
        citizen_id=new_id("cit"),
        venue_id="ven_example",
        facts={Fact.STARTS_AT: NOW.isoformat(), Fact.PARTY_SIZE: "2"},
        due_at=None,
        expires_at=NOW + timedelta(days=1),
    )
    return replace(call, **changes)


def make_notice(**changes: Any) -> Notice:
    call = make_call()
    notice = Notice(
        id=new_id("ntc"),
        key=notice_key(call),
        kind=call.kind,
        subject_id=call.subject_id,
        citizen_id=call.citizen_id,
        venue_id=call.venue_id,
        facts=call.facts,
        made_at=NOW,
        due_at=NOW,
        expires_at=call.expires_at,
    )
    return replace(notice, **changes)


@dataclass
class Heard:
    """A watch that remembers."""

    ends: list[tuple[NoticeKind, NoticeState, str | None]] = field(default_factory=list)
    rests: list[str] = field(default_factory=list)
    defects: list[Exception] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def ended(self, kind: NoticeKind, state: NoticeState, code: str | None) -> None:
        self.ends.append((kind, state, code))

    def put_off(self, code: str) -> None:
        self.rests.append(code)

    def waiting(self, count: int) -> None:
        self.counts.append(count)

    def defect(self, error: Exception) -> None:
        self.defects.append(error)


@dataclass
class Phone:
    """A sender that remembers what it sent, and fails as often as it is told to."""

    sent: list[tuple[str, Mapping[str, str], str]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def send(self, address: str, template_id: str, fields: Mapping[str, str], page: str) -> None:
        assert address
        failure = self.failures.pop(0) if self.failures else None
        if failure is None or not isinstance(failure, SendFailed):
            self.sent.append((template_id, fields, page))
        if failure is not None:
            raise failure


class Everywhere:
    """Everybody has the same address, every venue a name, and every visit stands unless it is in `off`."""

    def __init__(self, address: str = "sandbox-li") -> None:
        self.address = address
        self.off: set[str] = set()
        self.strangers: set[str] = set()

    async def find(self, citizen_id: str) -> str | None:
        return None if citizen_id in self.strangers else self.address

    async def still_holds(self, subject_id: str, citizen_id: str) -> bool:
        assert citizen_id
        return subject_id not in self.off


@dataclass(kw_only=True)
class Post:
    """One worker with all that it works with; `beside` is another one on the same store."""

    mongo: Mongo
    clock: Clock
    sender: Sender = field(default_factory=Phone)
    places: Everywhere = field(default_factory=Everywhere)
    store: NoticeStore | None = None
    templates: Mapping[NoticeKind, Template] = field(default_factory=lambda: TEMPLATES)
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        store: NoticeStore = self.store or MongoNotices(self.mongo)
        ids = UlidSource()
        addresses: Addresses = self.places
        visits: VisitStanding = self.places
        self.calls = MongoNoticeCalls(self.mongo, self.clock, ids)
        self.accepts = MongoAccepts(self.mongo)
        parts = SendingParts(
            notices=store,
            addresses=addresses,
            venues=Everywhere("示例场所"),
            visits=visits,
            sender=self.sender,
            templates=self.templates,
            watch=self.heard,
            clock=self.clock,
            ids=ids,
            chance=lambda: 0.5,
        )
        self.expanding = NoticeExpanding(calls=self.calls, notices=store, clock=self.clock, ids=ids)
        self.sending = NoticeSending(parts)
        self.work = NoticeWork(
            expanding=self.expanding, sending=self.sending, notices=store, watch=self.heard, clock=self.clock
        )

    def beside(self, **changes: Any) -> "Post":
        return replace(self, heard=Heard(), **changes)

    async def tell(self, *calls: NoticeCall, accepts: int = 1) -> None:
        """Append calls; their citizens accept so many messages of each one's kind beforehand."""
        for call in calls:
            for _ in range(accepts):
                await self.accept(call.citizen_id, call.kind)
        await self.calls.append(calls)

    async def accept(self, citizen_id: str, kind: NoticeKind) -> None:
        grant = Grant(id=new_id("acc"), citizen_id=citizen_id, accepts=(AcceptGiven(kind=kind, accepted=True),))
        await self.accepts.grant(grant, "fingerprint", self.clock.now())

    async def go_on(self) -> None:
        """Work until nothing is left to do now."""
        while await self.expanding.work_once():
            pass
        while await self.sending.work_once():
            pass

    async def notices(self, call: NoticeCall) -> list[Notice]:
        """Return all notices of a call's citizen, oldest first."""
        found = await MongoNotices(self.mongo).between(call.citizen_id, "ntc_", "ntc_~")
        return sorted(found, key=lambda one: one.id)

    async def only(self, call: NoticeCall) -> Notice:
        (notice,) = await self.notices(call)
        return notice

    async def left(self, call: NoticeCall) -> int:
        return (await self.accepts.left(call.citizen_id)).get(call.kind, 0)
