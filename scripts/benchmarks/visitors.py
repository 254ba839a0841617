"""Visitors who book through the services, in a process of their own: what a gate needs before it can admit anybody.

    python -m scripts.benchmarks.visitors SLOT COUNT FILE

Writes the id of each reservation and of its citizen to FILE, as JSON.
"""

import asyncio
import json
import sys
from pathlib import Path

import uvloop

from scripts.benchmarks.stores import CONFIG
from server.config import load_config
from server.wiring import open_services
from services.reservations.booking import Booking
from services.reservations.model import BookVisit, DocumentType, Visitor

AT_ONCE = 200


def main() -> None:
    """Book for so many visitors, each with a reservation of their own."""
    slot_id, count, file = sys.argv[1:]
    booked = uvloop.run(_book_all(slot_id, int(count)))
    Path(file).write_text(json.dumps(booked), encoding="utf-8")


async def _book_all(slot_id: str, count: int) -> list[tuple[str, str]]:
    booked: list[tuple[str, str]] = []
    async with open_services(load_config(CONFIG)) as services:
        for first in range(0, count, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, count))
            booked += await asyncio.gather(*(_book(services.booking, slot_id, number) for number in numbers))
    return booked


async def _book(booking: Booking, slot_id: str, number: int) -> tuple[str, str]:
    visitor = Visitor(name="示例访客", id_type=DocumentType.PASSPORT, id_number=f"E{number:08}")
    wish = BookVisit(
        citizen_id=f"ctz_{number:026}", slot_id=slot_id, visitors=(visitor,), contact_phone=None, request=None
    )
    reservation = await booking.book_visit(wish)
    return reservation.id, reservation.citizen_id


if __name__ == "__main__":
    main()
