"""The parts of notices, put together."""

from dataclasses import dataclass, field
from secrets import SystemRandom

import structlog
from prometheus_client import Gauge

from handlers.context import Metrics
from server.visits.parts import VisitParts
from server.visits.wechat_notices import BookedVisits, DirectoryNames, SealedAddresses, WeChatSender
from services.identity.mongo import MongoCitizens
from services.notifications.expanding import NoticeExpanding
from services.notifications.model import NoticeKind, NoticeState
from services.notifications.mongo import MongoAccepts, MongoNoticeCalls, MongoNotices
from services.notifications.reading import OwnNotices
from services.notifications.sending import NoticeSending, SendingParts
from services.notifications.working import NoticeWork
from services.reservations.mongo.reservations import MongoReservations

log = structlog.get_logger("notices")


def _waiting_gauge() -> Gauge:
    # Of several server processes, whoever looked last knows best.
    told = "Notices that are due and not sent yet."
    return Gauge("chengma_notices_waiting", told, multiprocess_mode="mostrecent")


@dataclass(frozen=True, kw_only=True)
class NoticeWatch:
    """Counts ends by kind, and failures by code."""

    metrics: Metrics
    gauge: Gauge = field(default_factory=_waiting_gauge)

    def ended(self, kind: NoticeKind, state: NoticeState, code: str | None) -> None:
        """Count the end of a notice."""
        self.metrics.count_outcome(f"notice_{kind.value}", state.value)
        if code is not None:
            self.metrics.count_outcome("notice_failure", code)
            log.info("notice_not_sent", kind=kind.value, state=state.value, code=code)

    def put_off(self, code: str) -> None:
        """Count that WeChat could not be used now."""
        self.metrics.count_outcome("notice_put_off", code)
        log.warning("notices_put_off", code=code)

    def waiting(self, count: int) -> None:
        """Show how many are due."""
        self.gauge.set(count)

    def defect(self, error: Exception) -> None:
        """Log a defect."""
        log.error("defect", exc_info=error)


def build_notices(parts: VisitParts) -> tuple[OwnNotices, NoticeWork]:
    """Return what citizens may ask, and what expands and sends in the background."""
    store, watch = MongoNotices(parts.mongo), NoticeWatch(metrics=parts.metrics)
    own = OwnNotices(
        notices=store,
        accepts=MongoAccepts(parts.mongo),
        templates=parts.templates,
        digest=parts.digest,
        clock=parts.clock,
    )
    sending = NoticeSending(
        SendingParts(
            notices=store,
            addresses=SealedAddresses(citizens=MongoCitizens(parts.mongo), cipher=parts.cipher),
            venues=DirectoryNames(venues=parts.venues),
            visits=BookedVisits(reservations=MongoReservations(parts.mongo)),
            sender=WeChatSender(wechat=parts.wechat),
            templates=parts.templates,
            watch=watch,
            clock=parts.clock,
            ids=parts.ids,
            chance=SystemRandom().random,
        )
    )
    calls = MongoNoticeCalls(parts.mongo, parts.clock, parts.ids)
    expanding = NoticeExpanding(calls=calls, notices=store, clock=parts.clock, ids=parts.ids)
    return own, NoticeWork(expanding=expanding, sending=sending, notices=store, watch=watch, clock=parts.clock)
