"""Where records of all kinds come from."""

from collections.abc import Mapping, Sequence

from services.admissions.reporting.mongo import admission_source
from services.common.mongo import Mongo
from services.items.mongo.reporting import item_sources
from services.patrols.reporting.mongo import patrol_sources
from services.reservations.reporting.mongo import reservation_source, slot_source
from services.sync.model import RecordKind
from services.sync.records import RecordSource
from services.venues.directory import VenueDirectory
from services.venues.scopes import Scopes


def record_sources(mongo: Mongo, venues: VenueDirectory) -> Mapping[RecordKind, RecordSource]:
    """Return a source for each kind that is kept here."""
    scopes = Scopes(venues)
    sources: Sequence[RecordSource] = (
        slot_source(mongo, venues),
        reservation_source(mongo, venues),
        admission_source(mongo, venues),
        *item_sources(mongo, scopes),
        *patrol_sources(mongo, scopes),
    )
    return {source.kind: source for source in sources}
