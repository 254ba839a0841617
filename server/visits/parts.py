"""What the rooms around reservations are built from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers.context import Metrics
from server.paper_clerk import PaperClerk
from server.table_clerk import TableClerk
from server.visits.booking import BookingParts
from server.wechat.client import WeChatClient
from services.admissions.admitting import Admitting
from services.common.clock import Clock, IdSource
from services.common.mongo import Mongo
from services.common.protection import FieldCipher, KeyedDigest
from services.jobs.steering import Steering
from services.notifications.model import NoticeKind
from services.notifications.templates import Template
from services.policies.directory import PolicyDirectory
from services.reservations.entry_keys import EntryKeys
from services.reservations.ports import Peers, ReservationDesk, ReservationStore
from services.reservations.reading import Reading
from services.venues.directory import VenueDirectory


@dataclass(frozen=True, kw_only=True)
class VisitParts:
    """Stores, secrets and services that several rooms share."""

    mongo: Mongo
    cipher: FieldCipher
    digest: KeyedDigest
    venues: VenueDirectory
    policies: PolicyDirectory
    desk: ReservationDesk
    peers: Peers
    reservations: ReservationStore
    bookings: BookingParts
    reading: Reading
    admitting: Admitting
    jobs: Steering
    wake: Callable[[], None]
    entry_keys: EntryKeys
    tables: TableClerk
    papers: PaperClerk
    wechat: WeChatClient
    templates: Mapping[NoticeKind, Template]
    metrics: Metrics
    clock: Clock
    ids: IdSource
