"""Walk-in places that gates lease, and people who come in on them."""

from datetime import datetime
from typing import Any

from handlers.schemas.common import PageQuery, identifier, page_schema, scan_nonce, shown, shown_id
from handlers.schemas.fields import Count, Day, Instant, OneOf, Text, WireSchema
from qr.entry_pass import MAX_PARTY_SIZE
from services.reservations.leases.model import Lease, LeaseState
from services.reservations.leases.rules import state_of


class LeaseWalkInsSchema(WireSchema):
    """A gate's wish for places of a slot."""

    slot_id = identifier("slt", required=True)
    places = Count(
        least=1,
        most=MAX_PARTY_SIZE,
        required=True,
        metadata={"description": "All of them or none.", "examples": [20]},
    )


class WalkInLeaseSchema(WireSchema):
    """A lease. `places` are those that it has now: less what was `returned`; `used` of them are taken by people.

    `beyond` came in besides, by a gate without network that did not know that there was no place: see conflicts.
    """

    id = shown_id("rsv")
    gate_id = shown_id("gat")
    slot_id = shown_id("slt")
    holder_id = Text(
        required=True,
        longest=64,
        metadata={
            "description": "The gate device, or the account of staff, that may let people in on it.",
            "examples": ["dev_01JD0000000000000000000000"],
        },
    )
    state = OneOf(LeaseState, required=True)
    places = shown(20)
    used = shown(13)
    beyond = shown(0)
    returned = shown(0)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    expires_at = Instant(required=True, metadata={"description": "Nobody is let in on it from then on."})


WalkInLeasePageSchema = page_schema(WalkInLeaseSchema, "WalkInLeasePageSchema")


class WalkInLeasesQuery(PageQuery):
    """Which leases of a gate."""

    on = Day(load_default=None, metadata={"description": "The day of the slots; today where not said."})


class WalkInSchema(WireSchema):
    """People who come in without a booking. The same nonce with the same lease and count gets the same answer."""

    gate_id = identifier("gat", required=True)
    lease_id = identifier("rsv", required=True)
    nonce = scan_nonce("Made by the device for each time.", "device7-000043")
    count = Count(
        least=1,
        most=MAX_PARTY_SIZE,
        required=True,
        metadata={"description": "How many enter now.", "examples": [2]},
    )


def shown_lease(lease: Lease, now: datetime) -> dict[str, Any]:
    """Return a lease as the wire has it."""
    return {
        "id": lease.id,
        "gate_id": lease.gate_id,
        "slot_id": lease.slot_id,
        "holder_id": lease.holder_id,
        "state": state_of(lease, now),
        "places": lease.places,
        "used": min(lease.used, lease.places),
        "beyond": lease.beyond,
        "returned": lease.returned,
        "starts_at": lease.starts_at,
        "ends_at": lease.ends_at,
        "expires_at": lease.expires_at,
    }
