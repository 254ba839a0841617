"""The parts of outlets, put together."""

from collections.abc import Callable

from handlers.patrol_context import OutletServices
from server.patrols.parts import PatrolParts
from services.jobs.mongo import MongoJobs
from services.patrols.outlets.contacts import Contacts
from services.patrols.outlets.ending import OutletEnding
from services.patrols.outlets.mongo import MongoOutlets
from services.patrols.outlets.reading import OutletReading
from services.patrols.outlets.registering import OutletRegister
from services.patrols.outlets.tables.importing import OutletImporting
from services.patrols.outlets.tables.matching import RowMatching
from services.patrols.outlets.tables.mongo import MongoOutletTables
from services.patrols.outlets.tables.taking import OutletTables
from services.patrols.sites.mongo import MongoStatuses


def build_outlets(parts: PatrolParts, wake: Callable[[], None]) -> OutletServices:
    """Put the services together; `wake` is called when there is a new job."""
    reading = _reading(parts)
    return OutletServices(
        reading=reading,
        register=_register(parts),
        ending=OutletEnding(recording=parts.recording, reading=reading, clock=parts.clock, ids=parts.ids),
        tables=OutletTables(
            store=_tables(parts),
            tables=parts.tables,
            scopes=parts.scopes,
            clock=parts.clock,
            ids=parts.ids,
            wake=wake,
        ),
    )


def outlet_jobs(parts: PatrolParts) -> OutletImporting:
    """Return how tables of outlets are worked on in the background."""
    matching = RowMatching(store=MongoOutlets(parts.mongo), venues=parts.venues)
    return OutletImporting(store=_tables(parts), matching=matching, register=_register(parts))


def _tables(parts: PatrolParts) -> MongoOutletTables:
    return MongoOutletTables(parts.mongo, MongoJobs(parts.mongo), parts.cipher)


def _reading(parts: PatrolParts) -> OutletReading:
    store, contacts = MongoOutlets(parts.mongo), Contacts(parts.cipher)
    return OutletReading(store=store, records=parts.records, contacts=contacts, clock=parts.clock)


def _register(parts: PatrolParts) -> OutletRegister:
    return OutletRegister(
        recording=parts.recording,
        store=MongoOutlets(parts.mongo),
        statuses=MongoStatuses(parts.mongo),
        reading=_reading(parts),
        contacts=Contacts(parts.cipher),
        venues=parts.venues,
        clock=parts.clock,
        ids=parts.ids,
    )
