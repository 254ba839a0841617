"""What handlers may call: the services, composed once by the process."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from handlers.background import Background
from handlers.client_context import ClientServices
from handlers.patrol_context import PatrolServices
from handlers.sync_context import SyncServices
from handlers.under_way import UnderWay
from handlers.visit_context import VisitServices
from handlers.webhook_context import WebhookServices
from services.admissions.admitting import Admitting
from services.common.clock import Clock
from services.common.protection import KeyedDigest
from services.identity.citizen_login import CitizenLogin
from services.identity.second_factor import SecondFactors
from services.identity.sessions import Sessions
from services.identity.staff_login import StaffLogin
from services.items.acting import Acting
from services.items.activating import Activating
from services.items.batches import ItemBatches
from services.items.capturing import Capturing
from services.items.correcting import Correcting
from services.items.labels import Labels
from services.items.public.checking import PublicChecks
from services.items.querying import Querying
from services.items.reading import ItemReading
from services.items.stock.results import StockResults
from services.items.stock.scanning import StockScanning
from services.items.stock.signing import StockSigning
from services.items.stock.takes import StockTakes
from services.items.tables.activating import TableActivating
from services.items.tables.exporting import Exporting
from services.items.transferring import Transferring
from services.items.types import ItemTypes
from services.jobs.steering import Steering
from services.reservations.booking import Booking
from services.reservations.cancelling import Cancelling
from services.reservations.entry_codes import EntryCodes
from services.reservations.reading import Reading
from services.reservations.rescheduling import Rescheduling
from services.transparency.model import LogName
from services.transparency.reading import LogReading
from services.venues.directory import VenueDirectory


class Limit(StrEnum):
    """What is counted, a minute at a time."""

    ADDRESS = "address"
    ACCOUNT = "account"
    LOG_IN_ADDRESS = "log_in_address"
    WECHAT_LOG_IN_ADDRESS = "wechat_log_in_address"
    LOG_IN_ACCOUNT = "log_in_account"
    PUBLIC_MISSES_ADDRESS = "public_misses_address"
    COMPLAINTS_ADDRESS = "complaints_address"
    PUBLIC_PHOTOS_ADDRESS = "public_photos_address"


class CounterAway(Exception):
    """The counts cannot be reached; the caller decides whether that means yes or no."""


class Standing(NamedTuple):
    """What the counter knows of who asks: seconds to wait, or None; `live` is None when no note says either.

    The account was counted only where the address need not wait and the session is noted as live.
    """

    address_wait_s: int | None
    live: bool | None
    account_wait_s: int | None


class RateLimiter(Protocol):
    """Counts requests across all processes."""

    async def claim(self, limit: Limit, who: str) -> int | None:
        """Count one; return None, or the seconds to wait when the limit is reached. Raises CounterAway."""

    async def claim_together(self, *, address: str | None, session_id: str, account: str) -> Standing:
        """Count by address unless None, look for the session's note, count by account. Raises CounterAway."""


class Metrics(Protocol):
    """What is counted for operators."""

    def observe_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a finished request."""

    def count_outcome(self, what: str, outcome: str) -> None:
        """Count a decision: a booking or a scan, by its outcome."""

    def render(self) -> tuple[str, bytes]:
        """Return the content type and body of the exposition."""


@dataclass(frozen=True, kw_only=True)
class StockServices:
    """What handlers may ask of stock-takes."""

    takes: StockTakes
    scanning: StockScanning
    results: StockResults
    signing: StockSigning


@dataclass(frozen=True, kw_only=True)
class ItemServices:
    """What handlers may ask of registered items."""

    reading: ItemReading
    activating: Activating
    acting: Acting
    transferring: Transferring
    capturing: Capturing
    correcting: Correcting
    querying: Querying
    stock: StockServices
    public: PublicChecks
    tables: TableActivating
    exporting: Exporting


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything a handler may reach; built by `server.wiring`, never by a handler."""

    clock: Clock
    digest: KeyedDigest
    sessions: Sessions
    citizen_login: CitizenLogin
    staff_login: StaffLogin
    second_factors: SecondFactors
    venues: VenueDirectory
    booking: Booking
    cancelling: Cancelling
    rescheduling: Rescheduling
    reading: Reading
    entry_codes: EntryCodes
    admitting: Admitting
    visits: VisitServices
    item_types: ItemTypes
    item_batches: ItemBatches
    labels: Labels
    items: ItemServices
    patrols: PatrolServices
    sync: SyncServices
    clients: ClientServices
    webhooks: WebhookServices
    jobs: Steering
    public_keys: Callable[[], Sequence[Mapping[str, Any]]]
    transparency: Mapping[LogName, LogReading]
    limiter: RateLimiter
    metrics: Metrics
    probes: Mapping[str, Callable[[], Awaitable[None]]]
    openapi: Mapping[str, Any]
    under_way: UnderWay
    background: tuple[Background, ...]
