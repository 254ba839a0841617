"""A slot's places by channel: how many are left for whom, taking and giving back; free of input and output."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.reservations.changes import BelowBooked, Quota, SlotChange
from services.reservations.errors import QuotaBelowBooked, QuotaInvalid, SlotStateChanged
from services.reservations.model import Allotment, Slot, SlotState
from services.venues.model import Channel


def flowed(slot: Slot, now: datetime) -> Slot:
    """Return the slot with those set-aside places given to individuals that nobody took until they flow over."""
    if not any(one.left and _flows(one, now) for one in slot.set_aside):
        return slot
    set_aside = tuple(
        replace(one, places=one.places - one.left, left=0) if _flows(one, now) else one for one in slot.set_aside
    )
    return replace(slot, set_aside=set_aside)


def _flows(allotment: Allotment, now: datetime) -> bool:
    return allotment.flows_at is not None and allotment.flows_at <= now


def allotments(slot: Slot) -> Sequence[Allotment]:
    """Return the places of every channel that has any, individuals first."""
    set_aside = sum(one.places for one in slot.set_aside)
    left = slot.places_left - sum(one.left for one in slot.set_aside)
    individual = Allotment(channel=Channel.INDIVIDUAL, places=slot.capacity - set_aside, left=left, flows_at=None)
    return (individual, *slot.set_aside)


def left_for(slot: Slot, channel: Channel) -> int:
    """Return how many places are left for a channel."""
    return next((one.left for one in allotments(slot) if one.channel is channel), 0)


def places_of(slot: Slot, channel: Channel, now: datetime) -> int:
    """Return how many places a channel has by now, taken or not."""
    return next((one.places for one in allotments(flowed(slot, now)) if one.channel is channel), 0)


def booked_in(slot: Slot, channel: Channel) -> int:
    """Return how many places of a channel are taken."""
    return next((one.places - one.left for one in allotments(slot) if one.channel is channel), 0)


def take(slot: Slot, channel: Channel, places: int) -> Slot:
    """Return the slot with fewer places left for a channel; a negative number gives places back."""
    set_aside = tuple(replace(one, left=one.left - places) if one.channel is channel else one for one in slot.set_aside)
    return replace(slot, places_left=slot.places_left - places, set_aside=set_aside)


def changed(slot: Slot, change: SlotChange) -> Slot:
    """Return the slot as staff or the calendar wish it.

    Raises SlotStateChanged when it is not in a state that the change is for, QuotaInvalid when more is set aside than
    there is, QuotaBelowBooked when a channel has more taken than it would have.
    """
    if slot.state not in change.expected:
        raise SlotStateChanged
    state = slot.state if change.state is None else change.state
    wished = replace(
        slot,
        state=state,
        plan=slot.plan if change.plan is None else change.plan,
        last_entry_at=slot.last_entry_at if change.last_entry_at is None else change.last_entry_at,
    )
    if change.quota is None:
        return wished
    return _with_quota(wished, change.quota, change.below_booked)


def _with_quota(slot: Slot, quota: Quota, below_booked: BelowBooked) -> Slot:
    set_aside = slot.set_aside if quota.set_aside is None else quota.set_aside
    taken = {one.channel: one.places - one.left for one in allotments(slot)}
    wished = _wished_places(quota.capacity, set_aside)
    short = {channel: count for channel, count in taken.items() if count > wished.get(channel, 0)}
    if short and below_booked is BelowBooked.REFUSE:
        raise QuotaBelowBooked(*next(iter(short.items())))
    places = _with_taken(wished, taken)
    flows = {one.channel: one.flows_at for one in (*slot.set_aside, *set_aside)}
    capacity = sum(places.values())
    return replace(
        slot,
        state=SlotState.CLOSED if short and below_booked is BelowBooked.CLOSE else slot.state,
        capacity=capacity,
        places_left=capacity - sum(taken.values()),
        set_aside=tuple(
            Allotment(
                channel=channel,
                places=places[channel],
                left=places[channel] - taken.get(channel, 0),
                flows_at=flows[channel],
            )
            for channel in Channel
            if channel is not Channel.INDIVIDUAL and places.get(channel)
        ),
    )


def _with_taken(wished: Mapping[Channel, int], taken: Mapping[Channel, int]) -> dict[Channel, int]:
    """Return no fewer places for a channel than are taken.

    Others give free ones for it, individuals first: in all there are no more than wished for, unless more are taken.
    """
    places = dict(wished)
    for channel, count in taken.items():
        places[channel] = max(count, wished.get(channel, 0))
    over = sum(places.values()) - sum(wished.values())
    for channel, count in places.items():
        given = min(over, count - taken.get(channel, 0))
        places[channel] -= given
        over -= given
    return places


def _wished_places(capacity: int, set_aside: Sequence[Allotment]) -> dict[Channel, int]:
    places = {one.channel: one.places for one in set_aside}
    individual = capacity - sum(places.values())
    if individual < 0 or len(places) != len(set_aside) or Channel.INDIVIDUAL in places:
        raise QuotaInvalid
    return {Channel.INDIVIDUAL: individual, **places}
