"""What the rooms around reservations are built from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from handlers.context import Metrics
from server.paper_clerk import PaperClerk
from server.table_clerk import TableClerk
from server.visits.booking import BookingParts
from server.visits.gate import GateParts
from server.wechat.client import WeChatClient
from services.admissions.ceilings.directory import CeilingDirectory
from services.admissions.revocations.directory import Revocations
from services.common.clock import Clock, IdSource
from services.common.mongo import Mongo
from services.common.protection import FieldCipher, KeyedDigest
from services.identity.device_sessions import DeviceSessions
from services.jobs.steering import Steering
from services.keys.book import PackKeys
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
    ceilings: CeilingDirectory
    desk: ReservationDesk
    peers: Peers
    reservations: ReservationStore
    bookings: BookingParts
    reading: Reading
    revocations: Revocations
    device_sessions: DeviceSessions
    gate: GateParts
    jobs: Steering
    wake: Callable[[], None]
    entry_keys: EntryKeys
    pack_keys: PackKeys
    tables: TableClerk
    papers: PaperClerk
    wechat: WeChatClient
    templates: Mapping[NoticeKind, Template]
    metrics: Metrics
    clock: Clock
    ids: IdSource
