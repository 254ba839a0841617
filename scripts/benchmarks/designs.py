"""How a measured server is made different from ours: parts of the composition root are replaced before it runs.

Each function prepares this process for a design, and returns what then serves.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from handlers.context import Services
from scripts.benchmarks import bare_gate, bare_pages, naive_photos
from scripts.benchmarks.desk_in_memory import DeskInMemory
from scripts.benchmarks.naive_booking import NaiveDesk
from scripts.benchmarks.naive_gate import NaiveAdmitting
from scripts.benchmarks.naive_pages import DirectDirectory
from scripts.benchmarks.scans_in_memory import NoBounds, ScansInMemory
from scripts.benchmarks.simple_gate import SimpleAdmitting
from server import wiring, worker
from server.config import Config
from server.visits.gate import build_tails
from server.wiring import Stores
from services.admissions.admitting import Admitting
from services.admissions.code_reading import CodeReading
from services.admissions.group import ScanGroups
from services.admissions.ports import Restrictions
from services.common.clock import UlidSource
from services.keys.book import KeyBook
from services.keys.model import Keys
from services.reservations.entry_keys import EntryKeys
from services.reservations.mongo.reservations import MongoReservations
from services.reservations.mongo.slots import MongoSlots
from services.reservations.ports import BookingDesk, ReservationDesk
from services.reservations.reading import Reading

Serve = Callable[[Config, int], Awaitable[None]]
Change = Callable[[Services, Stores, Keys], Services]


def ours() -> Serve:
    """Change nothing."""
    return worker.serve


def naive_booking() -> Serve:
    """Book in one transaction a request, without a queue."""
    return _book_at(lambda stores: NaiveDesk(stores.mongo))


def booking_in_memory() -> Serve:
    """Keep every booking in memory: the handler without a database."""
    return _book_at(lambda stores: DeskInMemory(stores.mongo))


def _book_at(build: Callable[[Stores], BookingDesk]) -> Serve:
    def build_desk(stores: Stores, *_: Any, **__: Any) -> ReservationDesk:
        # It only books, which is all that those who are measured ask for.
        return cast("ReservationDesk", build(stores))

    wiring.build_desk = build_desk
    return worker.serve


def naive_gate() -> Serve:
    """Admit in one transaction a scan, after two look-ups."""

    def change(services: Services, stores: Stores, keys: Keys) -> Services:
        naive = NaiveAdmitting(
            mongo=stores.mongo,
            venues=services.venues,
            keys=EntryKeys(KeyBook(keys)),
            digest=services.digest,
            clock=services.clock,
            ids=UlidSource(),
        )
        # It only scans, which is all that a gate asks for.
        return replace(services, admitting=cast("Admitting", naive))

    return _change_services(change)


def gate_in_memory() -> Serve:
    """Keep every scan in memory: the handler without a database."""

    def change(services: Services, stores: Stores, keys: Keys) -> Services:
        scans = ScansInMemory()
        admitting = Admitting(
            groups=ScanGroups(scans),
            venues=services.venues,
            codes=CodeReading(EntryKeys(KeyBook(keys))),
            restrictions=Restrictions(ceilings=NoBounds(), revoked=NoBounds()),
            tails=build_tails(stores.mongo, stores.cipher, services.clock),
            digest=services.digest,
            clock=services.clock,
            ids=UlidSource(),
        )
        return replace(services, admitting=admitting)

    return _change_services(change)


def simple_gate() -> Serve:
    """Find a party, then update it, each scan for itself."""

    def change(services: Services, stores: Stores, keys: Keys) -> Services:
        codes = CodeReading(EntryKeys(KeyBook(keys)))
        simple = SimpleAdmitting(mongo=stores.mongo, venues=services.venues, codes=codes, clock=services.clock)
        return replace(services, admitting=cast("Admitting", simple))

    return _change_services(change)


def gate_without_services() -> Serve:
    """Answer each scan with fixed JSON."""
    return bare_gate.serve


def naive_pages() -> Serve:
    """Ask the database for everything, at each request."""

    def change(services: Services, stores: Stores, _: Keys) -> Services:
        venues = DirectDirectory(stores.mongo, services.clock)
        reading = Reading(
            slots=MongoSlots(stores.mongo),
            reservations=MongoReservations(stores.mongo),
            venues=venues,
            cipher=stores.cipher,
        )
        return replace(services, venues=venues, reading=reading)

    return _change_services(change)


def pages_without_services() -> Serve:
    """Answer with fixed bytes."""
    return bare_pages.serve


def photos_in_the_handler() -> Serve:
    """Take a photo in one body, and make its pictures on the event loop."""
    return naive_photos.serve


def _change_services(change: Change) -> Serve:
    build = wiring.build_services

    def build_services(config: Config, stores: Stores, keys: Keys, *others: Any, **named: Any) -> Services:
        return change(build(config, stores, keys, *others, **named), stores, keys)

    wiring.build_services = build_services
    return worker.serve


DESIGNS: Mapping[str, Callable[[], Serve]] = {
    "ours": ours,
    "naive-booking": naive_booking,
    "booking-in-memory": booking_in_memory,
    "naive-gate": naive_gate,
    "gate-in-memory": gate_in_memory,
    "simple-gate": simple_gate,
    "bare-gate": gate_without_services,
    "naive-pages": naive_pages,
    "bare-pages": pages_without_services,
    "naive-photos": photos_in_the_handler,
}
