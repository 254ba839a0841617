"""The ledgers that this process knows, read anew when they may be older than what others have written."""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from services.common.batches import Batches
from services.common.clock import Clock
from services.reservations.ledger import LedgerEntry, SlotLedger
from services.reservations.ports import LedgerStore

# How long a process may go on saying "full" after another one got places back.
FRESH_FOR = timedelta(seconds=1)
# Memory is bounded by people, about 200 bytes each, as well as by slots: those differ a thousandfold.
MOST_PEOPLE = 200_000
MOST_SLOTS = 10_000
LOOKS_AT_ONCE = 200
LONGEST_QUEUE = 5000
PATIENCE_S = 5.0


def is_fresh(seen_at: datetime, now: datetime) -> bool:
    """Tell whether what was seen then may still be told; not after the machine's clock was put back, either."""
    return abs(now - seen_at) <= FRESH_FOR


class Ledgers:
    """Slots' ledgers in memory. Many who look at the same moment cost one look into the database."""

    def __init__(self, *, store: LedgerStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: OrderedDict[str, SlotLedger] = OrderedDict()
        self._right_at: dict[str, datetime] = {}
        self._doubted: set[str] = set()
        self._people = 0
        self._looks = Batches(self._look, largest=LOOKS_AT_ONCE, longest=LONGEST_QUEUE, patience_s=PATIENCE_S)

    def find_fresh(self, slot_id: str) -> SlotLedger | None:
        """Return the ledger, if it was right within the last second."""
        ledger = self._known.get(slot_id)
        if ledger is None or slot_id in self._doubted or not is_fresh(self._right_at[slot_id], self._clock.now()):
            return None
        return ledger

    def find_last(self, slot_id: str) -> SlotLedger | None:
        """Return the ledger as it was known last, however long ago."""
        return self._known.get(slot_id)

    async def find(self, slot_id: str) -> SlotLedger | None:
        """Return the ledger as it was within the last second; None when there is no such slot."""
        return self.find_fresh(slot_id) or await self._looks.submit(slot_id)

    async def find_known(self, slot_ids: Collection[str]) -> Mapping[str, SlotLedger]:
        """Return ledgers as they were known last, however long ago unless in doubt; what is no slot is left out."""
        wanted = [slot_id for slot_id in slot_ids if slot_id not in self._known or slot_id in self._doubted]
        if wanted:
            await self.refresh(wanted)
        return {slot_id: self._known[slot_id] for slot_id in slot_ids if slot_id in self._known}

    async def refresh_stale(self, slot_ids: Collection[str]) -> bool:
        """Read those anew that are not fresh; return whether there were any."""
        stale = [slot_id for slot_id in slot_ids if self.find_fresh(slot_id) is None]
        if stale:
            await self.refresh(stale)
        return bool(stale)

    async def refresh(self, slot_ids: Collection[str]) -> None:
        """Read what others have written to these ledgers since they were known."""
        looked_at = self._clock.now()
        versions = {slot_id: self._known[slot_id].slot.version if slot_id in self._known else 0 for slot_id in slot_ids}
        found = await self._store.read(versions)
        self._doubted.difference_update(slot_ids)
        for slot_id, (slot, entries) in found.items():
            ledger = self._known.setdefault(slot_id, SlotLedger.at_first(slot))
            with self._counted(slot_id, ledger, looked_at):
                ledger.read(slot, entries)

    def note_written(self, entries: Sequence[LedgerEntry]) -> None:
        """Remember what this process has just written: nobody else has written in between."""
        for entry in entries:
            ledger = self._known.get(entry.slot.id)
            if ledger is not None:
                with self._counted(entry.slot.id, ledger, self._clock.now()):
                    ledger.write(entry)
        self._forget_oldest()

    @contextmanager
    def _counted(self, slot_id: str, ledger: SlotLedger, right_at: datetime) -> Iterator[None]:
        people = len(ledger.holders)
        yield
        self._people += len(ledger.holders) - people
        self._right_at[slot_id] = right_at
        self._known.move_to_end(slot_id)

    def doubt(self, slot_ids: Collection[str]) -> None:
        """Believe these ledgers only after they have been read anew."""
        self._doubted.update(slot_ids)

    def _forget_oldest(self) -> None:
        while self._people > MOST_PEOPLE or len(self._known) > MOST_SLOTS:
            slot_id, ledger = self._known.popitem(last=False)
            del self._right_at[slot_id]
            self._people -= len(ledger.holders)

    async def _look(self, slot_ids: Sequence[str]) -> list[SlotLedger | None]:
        wanted = [slot_id for slot_id in dict.fromkeys(slot_ids) if self.find_fresh(slot_id) is None]
        if wanted:
            await self.refresh(wanted)
        found = [self._known.get(slot_id) for slot_id in slot_ids]
        self._forget_oldest()
        return found
