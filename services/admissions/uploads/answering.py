"""What the sender of an upload hears of each item."""

from collections.abc import Mapping

from qr.gate_log import canonical_entry, entry_hash
from services.admissions.uploads.checking import Checked, Faults
from services.admissions.uploads.clocks import LATE
from services.admissions.uploads.errors import HASH_WRONG
from services.admissions.uploads.model import (
    Computed,
    ItemAnswer,
    ItemVerdict,
    KeptEntry,
    UnreadableItem,
    UploadItem,
)


def answered(checked: Checked, before: Mapping[str, KeptEntry], kept: Mapping[str, KeptEntry]) -> ItemAnswer:
    """Return the answer to an entry that is kept; `kept` are the entries of this upload, `before` older ones."""
    item = checked.item
    found = _kept_as(item, kept)
    repeated = found is None
    found = found or _kept_as(item, before)
    if found is None:
        raise RuntimeError("an entry was neither kept now nor before")
    return ItemAnswer(
        device_id=item.entry.device_id,
        seq=item.entry.seq,
        nonce=item.entry.nonce,
        verdict=ItemVerdict.REPEATED if repeated else ItemVerdict.RECORDED,
        decision=found.decision,
        reason=found.reason,
        conflicts=found.conflicts,
        late=found.received_at - found.moment.at > LATE,
    )


def refused(item: UploadItem | UnreadableItem, errors: Faults) -> ItemAnswer:
    """Return the answer to an item that is not taken in; where its hash is wrong, with what we made it of."""
    said = item if isinstance(item, UnreadableItem) else item.entry
    return ItemAnswer(
        device_id=said.device_id,
        seq=said.seq,
        nonce=said.nonce,
        verdict=ItemVerdict.REFUSED,
        errors=errors,
        computed=_computed(item) if isinstance(item, UploadItem) and HASH_WRONG in errors else None,
    )


def _computed(item: UploadItem) -> Computed:
    return Computed(hash=entry_hash(item.entry), canonical=canonical_entry(item.entry).decode())


def _kept_as(item: UploadItem, known: Mapping[str, KeptEntry]) -> KeptEntry | None:
    """Return the entry as it is kept, as the first of its number or beside it."""
    found = (known.get(one) for one in (item.own_id, item.fork_id))
    return next((one for one in found if one is not None and one.hash == item.hash), None)
