"""The draw itself: who gets which slot, by a key that nobody knew when the pool was fixed.

`scripts/releases/verify_release.py` does the same without any of this code, and docs/fair-release.md says it in words.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.reservations.releases.model import Beacon, Entry, Lot
from services.transparency.commitment import canonical

ALGORITHM = "chengma-release-1"
SEED_BYTES = 32
SALT_BYTES = 16
_TICKET_CONTEXT = b"chengma release ticket 1\0"
_KEY_CONTEXT = b"chengma release key 1\0"
_TICKET_CHARACTERS = 32


def ticket_of(request_id: str, salt: str) -> str:
    """Return the 32 hexadecimal characters by which the pool shows a request: it names nobody without the salt."""
    return hashlib.sha256(_TICKET_CONTEXT + bytes.fromhex(salt) + request_id.encode()).hexdigest()[:_TICKET_CHARACTERS]


def pool_text(release_id: str, seed_sha256: str, places: Mapping[str, int], entries: Sequence[Entry]) -> str:
    """Return the pool in its one spelling: the places of each slot, and the requests in the order of their tickets."""
    content = {
        "algorithm": ALGORITHM,
        "release_id": release_id,
        "seed_sha256": seed_sha256,
        "slots": [{"id": one, "places": places[one]} for one in sorted(places)],
        "requests": [
            {"ticket": one.ticket, "party_size": one.party_size, "choices": list(one.choices)}
            for one in sorted(entries, key=lambda one: one.ticket)
        ],
    }
    return spelled(content)


def spelled(content: Any) -> str:
    """Return JSON in its one spelling (RFC 8785) for what is only ASCII text and whole numbers: the fast way."""
    return json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def key_of(seed: bytes, pool_sha256: str, beacon: Beacon) -> bytes:
    """Return the key of the lots: of the seed, of all who take part, and of what nobody could foresee."""
    unforeseen = hashlib.sha256(canonical(beacon_content(beacon))).digest()
    return hashlib.sha256(_KEY_CONTEXT + seed + bytes.fromhex(pool_sha256) + unforeseen).digest()


def beacon_content(beacon: Beacon) -> dict[str, str | None]:
    """Return the beacon as JSON."""
    return {"checkpoint": beacon.checkpoint, "public_value": beacon.public_value}


def draw(pool: Mapping[str, Any], key: bytes) -> list[Lot]:
    """Return all requests in the order of their lots, each with the first of its choices that has places enough."""
    free = {one["id"]: one["places"] for one in pool["slots"]}
    requests = sorted(pool["requests"], key=lambda one: hmac.digest(key, one["ticket"].encode(), "sha256"))
    lots = []
    for one in requests:
        size = one["party_size"]
        slot_id = next((choice for choice in one["choices"] if free.get(choice, 0) >= size), None)
        if slot_id is not None:
            free[slot_id] -= size
        lots.append(Lot(ticket=one["ticket"], slot_id=slot_id))
    return lots


def result_text(lots: Sequence[Lot]) -> str:
    """Return the result in its one spelling: pairs of ticket and slot, or null, in the order of the draw."""
    return spelled([[one.ticket, one.slot_id] for one in lots])


def read_result(text: str) -> list[Lot]:
    """Return the lots of a result."""
    return [Lot(ticket=ticket, slot_id=slot_id) for ticket, slot_id in json.loads(text)]
