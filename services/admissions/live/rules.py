"""Decisions about the live view, free of input and output."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.admissions.live.model import DayCounts, GateCounts, GateStanding, SlotStanding
from services.reservations.model import Slot, SlotState
from services.reservations.rules import entry_ends_at, entry_window
from services.venues.model import Gate

NOBODY = GateCounts(admitted=0, left=0, last_at=None)


def standings(slots: Sequence[Slot], starts: Mapping[datetime, int]) -> tuple[SlotStanding, ...]:
    """Return the slots that are planned or have people, each with those of its people who have come.

    People are counted by the start of their slot. Where several slots start together, the first is filled first, and
    what is over is the last one's.
    """
    shown = [slot for slot in slots if slot.state is not SlotState.WITHDRAWN or _booked(slot)]
    admitted = _shared(shown, starts)
    return tuple(
        SlotStanding(
            slot_id=slot.id,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            booked=_booked(slot),
            admitted=admitted[slot.id],
        )
        for slot in shown
    )


def _booked(slot: Slot) -> int:
    return slot.capacity - slot.places_left


def _shared(slots: Sequence[Slot], starts: Mapping[datetime, int]) -> Mapping[str, int]:
    remaining = dict(starts)
    last_of = {slot.starts_at: slot.id for slot in slots}
    shares: dict[str, int] = {}
    for slot in slots:
        left = remaining.get(slot.starts_at, 0)
        share = left if last_of[slot.starts_at] == slot.id else min(left, _booked(slot))
        shares[slot.id] = share
        remaining[slot.starts_at] = left - share
    return shares


def expected_now(slots: Iterable[Slot], standing: Iterable[SlotStanding], now: datetime) -> int:
    """Return how many hold places in slots that people are let in for at `now`, and have not come."""
    open_now = {slot.id for slot in slots if _lets_in(slot, now)}
    return sum(max(0, one.booked - one.admitted) for one in standing if one.slot_id in open_now)


def _lets_in(slot: Slot, now: datetime) -> bool:
    opens_at, closes_at = entry_window(slot.starts_at, entry_ends_at(slot))
    return opens_at <= now < closes_at


def gate_standings(gates: Iterable[Gate], counts: DayCounts) -> tuple[GateStanding, ...]:
    """Return each of the venue's gates with what is counted there."""
    return tuple(
        GateStanding(
            gate_id=gate.id,
            name=gate.name,
            name_en=gate.name_en,
            use=gate.use,
            admitted=counted.admitted,
            left=counted.left,
            last_at=counted.last_at,
        )
        for gate in gates
        for counted in (counts.gates.get(gate.id, NOBODY),)
    )
