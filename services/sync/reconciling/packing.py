"""Records in their envelopes, as the relay would send them."""

from services.sync.envelopes import Envelope
from services.sync.model import RecordKind
from services.sync.reconciling.model import Told
from services.sync.records import Record
from services.sync.relay.sorting import Recipient, Sorting
from services.sync.standard.schemas import Standard


class RelayPacking:
    """See `services.sync.reconciling.ports.Packing`."""

    def __init__(self, *, standard: Standard, recipient: Recipient, sorting: Sorting) -> None:
        self._standard = standard
        self._recipient = recipient
        self._sorting = sorting

    @property
    def sender(self) -> str:
        """Return what this instance is called by the recipient."""
        return self._recipient.sender

    def id_of(self, kind: RecordKind, source_id: str) -> str:
        """Return what the recipient calls the thing with this id here."""
        label = self._standard.schema(kind).pseudonyms.get("id")
        return source_id if label is None else self._recipient.pseudonyms.of(label, source_id)

    def source_id_of(self, kind: RecordKind, its_id: str) -> str | None:
        """Return what a thing is called here, None where the recipient has a pseudonym."""
        return None if "id" in self._standard.schema(kind).pseudonyms else its_id

    def pack(self, record: Record) -> Told:
        """Return the record in its envelope."""
        made = self._sorting.make(record)
        return Told(
            id=self.id_of(record.kind, record.id),
            source_id=record.id,
            envelope=made if isinstance(made, Envelope) else None,
        )
