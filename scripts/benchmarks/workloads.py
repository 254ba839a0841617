"""What people do in a measurement: the plans of all runs that book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle, islice

from scripts.benchmarks.city import City, SlotSet
from scripts.benchmarks.plan import API, Line, Opening, Plan, book, deal, get

ME = f"{API}/me"
LISTED_FOR = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Workload:
    """So many keep-alive connections, each asking `each` times for a place in one of `slots` slots of `places`."""

    slots: int
    places: int
    connections: int
    each: int


async def rush(city: City, port: int, workload: Workload) -> tuple[Plan, SlotSet]:
    """Return a plan for new slots: one citizen a connection, who has looked at the slots before."""
    await city.ensure_citizens(workload.connections)
    slots = await city.add_slots(workload.slots, workload.places)
    wishes = deal(slots.ids, connections=workload.connections, each=workload.each)
    lines = [
        Line(warm=[get(ME, token)], timed=[book(token, slot_id, next(city.numbers)) for slot_id in wanted])
        for token, wanted in zip(city.citizens, wishes, strict=False)
    ]
    lines[0] = Line(warm=[*lines[0].warm, get(_listing(slots))], timed=lines[0].timed)
    return Plan(port=port, lines=lines), slots


async def burst(city: City, port: int, *, connections: int, places: int) -> tuple[Plan, SlotSet]:
    """Return a plan for one new slot: all connect at the same moment, and each books once."""
    slots = await city.add_slots(1, places)
    tokens = islice(cycle(city.citizens), connections)
    lines = [Line(warm=[], timed=[book(token, slots.ids[0], next(city.numbers))]) for token in tokens]
    return Plan(port=port, lines=lines, opening=Opening.WITHIN), slots


def waiting(city: City, port: int, *, connections: int, asked: Sequence[str] = (ME,)) -> Plan:
    """Return a plan for connections that ask for `asked` once and then stay open."""
    tokens = islice(cycle(city.citizens), connections)
    return Plan(port=port, lines=[Line(warm=[get(path, token) for path in asked], timed=[]) for token in tokens])


def vain(city: City, port: int, slots: SlotSet, *, connections: int, each: int) -> Plan:
    """Return a plan of wishes for the first slot of `slots`, which is full."""
    return Plan(
        port=port,
        lines=[
            Line(
                warm=[get(ME, token)],
                timed=[book(token, slots.ids[0], next(city.numbers)) for _ in range(each)],
            )
            for token in city.citizens[:connections]
        ],
    )


def _listing(slots: SlotSet) -> str:
    since, until = (f"{at:%Y-%m-%dT%H:%M:%S}Z" for at in (slots.starts_at, slots.starts_at + LISTED_FOR))
    return f"{API}/venues/{slots.venue.id}/slots?from={since}&to={until}"
