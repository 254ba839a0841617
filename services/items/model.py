"""Item types, batches and items: what is kept of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from services.identity.model import Scope


class ItemState(StrEnum):
    """Where an item is in its life; what condition it is in is its disposition.

    VOID: the event that began it was declared wrong, so its code may be bound anew.
    """

    ACTIVE = "active"
    ENDED = "ended"
    VOID = "void"


class TransferState(StrEnum):
    """What has become of a transfer."""

    OPEN = "open"
    DISPUTED = "disputed"


class TransferPurpose(StrEnum):
    """Why an item changes hands."""

    TRANSFER = "transfer"
    LOAN = "loan"
    RETURN = "return"


@dataclass(frozen=True, kw_only=True)
class LabelDesign:
    """How the labels of a type look: one of `qr.labels.LAYOUTS`, and a line of text at most 20 characters long."""

    layout: str
    title: str


@dataclass(frozen=True, kw_only=True)
class RequiredInspection:
    """An inspection that items of a type need, every so many days."""

    name: str
    every_days: int


@dataclass(frozen=True, kw_only=True)
class ItemType:
    """What items of a kind have in common; `version` counts its changes.

    `attributes_schema` is a JSON Schema (draft 2020-12) of an object; `public_attributes` are the keys of it that
    anybody may see.
    """

    id: str
    owner: Scope
    seen_by: tuple[str, ...]
    name: str
    name_en: str
    attributes_schema: Mapping[str, Any]
    public_attributes: tuple[str, ...]
    label: LabelDesign
    required_inspections: tuple[RequiredInspection, ...]
    version: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ItemBatch:
    """Codes minted together: serials 0 to `quantity` - 1 of `number` (see `qr.item_code.ItemNumber`) under `kid`."""

    id: str
    number: int
    kid: int
    type_id: str
    owner: Scope
    seen_by: tuple[str, ...]
    quantity: int
    job_id: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Custody on its way from `source` to `destination`, until the receiver accepts or the giver withdraws."""

    id: str
    state: TransferState
    purpose: TransferPurpose
    source: Scope
    destination: Scope
    opened_at: datetime
    due_on: date | None


@dataclass(frozen=True, kw_only=True)
class Loan:
    """That the holder has an item on loan from `lender`, until `due_on` where a day was agreed."""

    lender: Scope
    due_on: date | None


@dataclass(frozen=True, kw_only=True)
class Item:
    """One registered thing as its events up to now make it.

    `id` is `itm_…` for what has one of our codes, else the EPC that another system gave it, a URI. `place` is a
    bizLocation (see `services.items.places`), None where nobody said. `holder` is who has custody. `conditions` are its
    persistent dispositions, such as stolen, until they are unset. `inside` and `joined_to` are the EPCs of what it was
    aggregated into or associated with. `began_with` is the log's index of its first event, by which items are listed,
    `last_index` that of the latest recorded; `version` counts its events; `last_event_at` is the latest eventTime.
    """

    id: str
    type_id: str | None
    batch_id: str | None
    owner: Scope
    seen_by: tuple[str, ...]
    state: ItemState
    name: str
    serial: str | None
    attributes: Mapping[str, Any]
    disposition: str | None
    conditions: tuple[str, ...]
    place: str | None
    holder: Scope
    transfer: Transfer | None
    loan: Loan | None
    inside: str | None
    joined_to: str | None
    began_with: int
    last_index: int
    version: int
    last_event_at: datetime
    activated_at: datetime


@dataclass(frozen=True, kw_only=True)
class ItemSearch:
    """What somebody looks for; None means anything. `condition` is a disposition or a lasting condition."""

    text: str | None = None
    type_id: str | None = None
    place: str | None = None
    holder: Scope | None = None
    state: ItemState | None = None
    condition: str | None = None
    limit: int
    after: str | None = None


@dataclass(frozen=True, kw_only=True)
class TypeContent:
    """What people write of an item type."""

    name: str
    name_en: str
    attributes_schema: Mapping[str, Any]
    public_attributes: tuple[str, ...]
    label: LabelDesign
    required_inspections: tuple[RequiredInspection, ...]
