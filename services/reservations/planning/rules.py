"""Deciding what planning does to slots, free of input and output."""

from collections.abc import Sequence
from datetime import datetime

from services.calendars.resolving import PlannedSlot
from services.reservations.changes import BelowBooked, Quota, SlotChange
from services.reservations.errors import SlotDrawn, SlotEnded
from services.reservations.model import Allotment, Slot, SlotState
from services.reservations.planning.model import Action, Plan, Step
from services.reservations.slot_ids import slot_id
from services.reservations.slot_keeping import NOT_DRAWN

WITHDRAWABLE = frozenset({SlotState.OPEN, SlotState.DRAWN})


def compare(planned: Sequence[PlannedSlot], present: Sequence[Slot], now: datetime) -> Plan:
    """Return what makes the slots `present` as `planned`; what has begun may be made, and stays as it is.

    A slot is the planned one when it starts and ends with it. Slots made by hand are nobody's plan: they stay, and
    nothing is planned in their stead. What staff changed in a slot stays until its rule changes.
    """
    there = {(one.starts_at, one.ends_at): one for one in present}
    wanted = {(one.starts_at, one.ends_at): one for one in planned if one.ends_at > now}
    steps = [step for key, one in wanted.items() if (step := _towards(one, there.get(key), now)) is not None]
    gone = [
        Step(action=Action.WITHDRAW, planned=None, slot=slot)
        for key, slot in there.items()
        if key not in wanted and slot.starts_at > now and slot.plan is not None and slot.state in WITHDRAWABLE
    ]
    return Plan(steps=[*steps, *gone], unchanged=len(wanted) - len(steps))


def _towards(planned: PlannedSlot, slot: Slot | None, now: datetime) -> Step | None:
    if slot is None:
        return Step(action=Action.ADD, planned=planned, slot=None)
    if slot.plan is None or slot.starts_at <= now:
        return None
    if slot.state is SlotState.WITHDRAWN:
        return Step(action=Action.RESTORE, planned=planned, slot=slot)
    if slot.plan != planned.signature:
        return Step(action=Action.CHANGE, planned=planned, slot=slot)
    return None


def new_slot(planned: PlannedSlot, state: SlotState) -> Slot:
    """Return the slot that a plan asks for."""
    return Slot(
        id=slot_id(planned.venue_id, planned.starts_at, planned.ends_at),
        venue_id=planned.venue_id,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        capacity=planned.capacity,
        places_left=planned.capacity,
        state=state,
        set_aside=_set_aside(planned),
        last_entry_at=planned.last_entry_at,
        plan=planned.signature,
    )


def change_of(step: Step, restored_to: SlotState) -> SlotChange:
    """Return the change that a step makes to the slot that it has; bookings stay, whatever the plan says.

    `restored_to` is what a slot becomes that was withdrawn, and is planned again.
    """
    assert step.slot is not None  # noqa: S101 -- only a slot that is there is changed
    if step.planned is None:
        return SlotChange(slot_id=step.slot.id, state=SlotState.WITHDRAWN, expected=WITHDRAWABLE)
    restored = step.action is Action.RESTORE
    return SlotChange(
        slot_id=step.slot.id,
        quota=Quota(capacity=step.planned.capacity, set_aside=_set_aside(step.planned)),
        state=restored_to if restored else None,
        expected=frozenset({SlotState.WITHDRAWN}) if restored else NOT_DRAWN,
        below_booked=BelowBooked.KEEP,
        plan=step.planned.signature,
        last_entry_at=step.planned.last_entry_at,
    )


def _set_aside(planned: PlannedSlot) -> tuple[Allotment, ...]:
    return tuple(
        Allotment(channel=one.channel, places=one.places, left=one.places, flows_at=one.flows_at)
        for one in planned.set_aside
    )


def ensure_closable(slot: Slot, now: datetime) -> None:
    """Raise SlotDrawn while its places are drawn, which staff have no part in, and SlotEnded once it is over."""
    if slot.state is SlotState.DRAWN:
        raise SlotDrawn
    if slot.ends_at <= now:
        raise SlotEnded
