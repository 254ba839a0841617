"""Events and documents of EPCIS 2.0, as far as anybody asks what is in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class EventType(StrEnum):
    """The five kinds of events."""

    OBJECT = "ObjectEvent"
    AGGREGATION = "AggregationEvent"
    TRANSACTION = "TransactionEvent"
    TRANSFORMATION = "TransformationEvent"
    ASSOCIATION = "AssociationEvent"


class Action(StrEnum):
    """What an event does to the life of its objects, or to the relation it is about."""

    ADD = "ADD"
    OBSERVE = "OBSERVE"
    DELETE = "DELETE"


@dataclass(frozen=True, kw_only=True)
class ErrorDeclaration:
    """Says that the event of the same eventID was wrong, and which events take its place."""

    declared_at: datetime
    reason: str | None
    corrective_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class EpcisEvent:
    """One event.

    `event_id` is the given eventID, else the event hash. Standard words are bare (`shipping`), whichever way they were
    written. `epcs` is the epcList, `children` the childEPCs; `sources`, `destinations` and `transactions` are pairs of
    type and id. `body` is the event's JSON without recordTime; its `@context`, if any, is the object of those prefixes
    that the event uses.
    """

    event_id: str
    type: EventType
    event_time: datetime
    offset: str
    action: Action | None
    biz_step: str | None
    disposition: str | None
    persistent_set: tuple[str, ...]
    persistent_unset: tuple[str, ...]
    read_point: str | None
    biz_location: str | None
    epcs: tuple[str, ...]
    parent: str | None
    children: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    transformation_id: str | None
    sources: tuple[tuple[str, str], ...]
    destinations: tuple[tuple[str, str], ...]
    transactions: tuple[tuple[str | None, str], ...]
    ilmd: Mapping[str, Any]
    error: ErrorDeclaration | None
    body: Mapping[str, Any]

    @property
    def every_epc(self) -> tuple[str, ...]:
        """Each EPC that the event names, once, in the order of the lists above."""
        parent = () if self.parent is None else (self.parent,)
        return tuple(dict.fromkeys((*self.epcs, *parent, *self.children, *self.inputs, *self.outputs)))

    @property
    def empties_parent(self) -> bool:
        """Tell whether all that is in the parent leaves it: a DELETE that names no children."""
        related = self.type in {EventType.AGGREGATION, EventType.ASSOCIATION} and self.parent is not None
        return related and self.action is Action.DELETE and not self.children and not self.body.get("childQuantityList")


@dataclass(frozen=True, kw_only=True)
class EpcisDocument:
    """An accepted EPCISDocument: the prefixes of its `@context`, and its events in their order."""

    context: Mapping[str, str]
    created_at: datetime
    events: tuple[EpcisEvent, ...]
