"""The staffed window, put together."""

from handlers.visit_context import WindowServices
from server.visits.parts import VisitParts
from services.reservations.window.booking import WindowBooking
from services.reservations.window.mongo import MongoWindow
from services.reservations.window.reading import WindowReading
from services.reservations.window.slips import Slips


def build_window(parts: VisitParts) -> WindowServices:
    """Return the services."""
    store = MongoWindow(parts.mongo)
    reading = WindowReading(
        store=store,
        reservations=parts.reservations,
        masking=parts.reading,
        cancelling=parts.bookings.cancelling,
        venues=parts.venues,
    )
    booking = WindowBooking(
        store=store,
        desk=parts.desk,
        reservations=parts.reservations,
        drafting=parts.bookings.drafting,
        limits=parts.bookings.limits,
        venues=parts.venues,
        clock=parts.clock,
        ids=parts.ids,
    )
    slips = Slips(reading=reading, venues=parts.venues, keys=parts.entry_keys, papers=parts.papers, clock=parts.clock)
    return WindowServices(booking=booking, reading=reading, slips=slips)
