"""From references to envelopes: reads records as they are now, and holds them against the standard."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.common.clock import Clock
from services.common.errors import DatabaseUnavailable
from services.sync.envelopes import Envelope, wrap
from services.sync.model import RecordKind, RecordRef
from services.sync.pseudonyms import Pseudonyms
from services.sync.records import Record, RecordSource
from services.sync.relay.model import DeadLetter, DeadReason
from services.sync.relay.ports import Watch
from services.sync.standard.model import Flaw, RecordSchema
from services.sync.standard.schemas import Standard

Quality = Callable[[Mapping[str, Any], RecordSchema], tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Who is told: as `sender` what this instance is called there, and the pseudonyms that are the recipient's own."""

    sender: str
    pseudonyms: Pseudonyms


class Sorting:
    """Makes what can be delivered of references, and dead letters of the rest."""

    def __init__(
        self, *, standard: Standard, recipient: Recipient, quality: Quality, watch: Watch, clock: Clock
    ) -> None:
        """Let `quality` name what is not as good in a record as it should be, though the standard allows it."""
        self._standard = standard
        self._recipient = recipient
        self._quality = quality
        self._watch = watch
        self._clock = clock

    async def sort(
        self, refs: Sequence[RecordRef], sources: Mapping[RecordKind, RecordSource]
    ) -> tuple[Sequence[Envelope], Sequence[DeadLetter]]:
        """Return an envelope for each reference, or a dead letter; raises DatabaseUnavailable."""
        ids: dict[RecordKind, list[str]] = defaultdict(list)
        for ref in refs:
            ids[ref.kind].append(ref.id)
        envelopes: list[Envelope] = []
        dead: list[DeadLetter] = []
        for kind, wanted in ids.items():
            found, unreadable = await self._read(kind, wanted, sources[kind])
            dead += [self._letter(ref, DeadReason.UNREADABLE) for ref in unreadable]
            gone = set(wanted) - {record.id for record in found} - {ref.id for ref in unreadable}
            dead += [self._letter(RecordRef(kind=kind, id=one), DeadReason.MISSING) for one in sorted(gone)]
            for record in found:
                made = self.make(record)
                (envelopes if isinstance(made, Envelope) else dead).append(made)  # type: ignore[arg-type]
        return envelopes, dead

    def make(self, record: Record) -> Envelope | DeadLetter:
        """Return the record in its envelope, or why it cannot go."""
        ref = RecordRef(kind=record.kind, id=record.id)
        try:
            return self._make(record, ref)
        except Exception as error:  # the same: what an instance below delivered may hold anything
            self._watch.defect(ref, error)
            return self._letter(ref, DeadReason.UNREADABLE)

    def _make(self, record: Record, ref: RecordRef) -> Envelope | DeadLetter:
        if self._recipient.sender in record.path:
            return self._letter(ref, DeadReason.LOOP)
        schema = self._standard.schema(record.kind)
        envelope = wrap(record, schema, self._recipient.pseudonyms, self._recipient.sender)
        flaws = self._standard.flaws(record.kind, envelope.data)
        if flaws:
            return self._letter(ref, DeadReason.OFF_STANDARD, tuple(flaws))
        return replace(envelope, flaws=self._quality(envelope.data, schema))

    def refused(self, envelope: Envelope) -> DeadLetter:
        """Return the letter about a record that the recipient's database does not take."""
        return self._letter(RecordRef(kind=envelope.kind, id=envelope.source_id), DeadReason.REFUSED)

    async def _read(
        self, kind: RecordKind, ids: Sequence[str], source: RecordSource
    ) -> tuple[Sequence[Record], Sequence[RecordRef]]:
        """Return the records; where one cannot be read, the others must not wait for it."""
        try:
            return await source.several(ids), ()
        except DatabaseUnavailable:
            raise
        except Exception as error:  # a record that meets a defect of ours must not stop all that come after it
            ref = RecordRef(kind=kind, id=ids[0])
            if len(ids) == 1:
                self._watch.defect(ref, error)
                return (), (ref,)
        half = len(ids) // 2
        first = await self._read(kind, ids[:half], source)
        second = await self._read(kind, ids[half:], source)
        return (*first[0], *second[0]), (*first[1], *second[1])

    def _letter(self, ref: RecordRef, reason: DeadReason, flaws: tuple[Flaw, ...] = ()) -> DeadLetter:
        return DeadLetter(ref=ref, reason=reason, flaws=flaws, since=self._clock.now())
