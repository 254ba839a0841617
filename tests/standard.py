"""Records held against the data standard, as they are when they leave."""

from collections.abc import Sequence

from server.sync.standard_files import load_standard
from services.sync.model import RecordKind
from services.sync.pseudonyms import Pseudonyms
from services.sync.standard.model import Flaw

STANDARD = load_standard()
PSEUDONYMS = Pseudonyms.for_recipient(bytes(32), "main")


def flaws_of(kind: RecordKind, data: object) -> Sequence[Flaw]:
    """Return what is wrong with a record's data once pseudonyms are put in."""
    assert isinstance(data, dict)
    return STANDARD.flaws(kind, PSEUDONYMS.put_in(STANDARD.schema(kind).pseudonyms, data))
