"""Labels of a batch: which files there are, and each of them, drawn elsewhere so that nobody has to wait for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qr.item_code import ItemKeyring
from qr.labels import LAYOUTS, Layout
from services.items.label_errors import ArtworkRefused, LabelFileUnknown, LabelLayoutUnknown
from services.items.label_orders import CodeRange, SheetOrder
from services.items.model import ItemBatch, ItemType

MOST_LABELS_A_FILE = 2_100  # 30 sheets of 70, about 300 kB; on a roll as many pages, about 1 MB
MOST_CODES_A_FILE = 50_000  # about 7 MB of CSV


@dataclass(frozen=True, kw_only=True)
class LabelFile:
    """One file of a batch: `part` counts from 1; both serials are in it."""

    part: int
    first_serial: int
    last_serial: int


class Renderer(Protocol):
    """Whoever draws labels without holding up this process."""

    async def fill_sheets(self, order: SheetOrder) -> bytes:
        """Return the PDF; raises ArtworkRefused, TooBusy or LabelsUnavailable."""

    async def write_codes(self, order: CodeRange) -> bytes:
        """Return the CSV; raises TooBusy or LabelsUnavailable."""


class Labels:
    """Files of labels, the same bytes each time, as codes follow from batch and key."""

    def __init__(self, *, renderer: Renderer, keyring: ItemKeyring, public_url: str) -> None:
        self._renderer = renderer
        self._keyring = keyring
        self._public_url = public_url

    async def render(
        self, batch: ItemBatch, item_type: ItemType, part: int, layout: str | None, artwork: bytes | None
    ) -> bytes:
        """Return file `part` (from 1) as a PDF, in the type's own layout unless one is named.

        Raises LabelLayoutUnknown, LabelFileUnknown, ArtworkRefused, TooBusy or LabelsUnavailable.
        """
        found = find_layout(layout or item_type.label.layout)
        if artwork is not None and found.face.artwork is None:
            raise ArtworkRefused("no_room", "this layout has no room for artwork")
        codes = self._codes(batch, _get_part(label_files(batch.quantity, found), part))
        return await self._renderer.fill_sheets(
            SheetOrder(codes=codes, layout=found.name, title=item_type.label.title, artwork=artwork)
        )

    async def csv(self, batch: ItemBatch, part: int) -> bytes:
        """Return file `part` (from 1) of the codes; raises LabelFileUnknown, TooBusy or LabelsUnavailable."""
        return await self._renderer.write_codes(self._codes(batch, _get_part(code_files(batch.quantity), part)))

    def _codes(self, batch: ItemBatch, file: LabelFile) -> CodeRange:
        return CodeRange(
            number=batch.number,
            kid=batch.kid,
            secret=self._keyring.secret(batch.kid),
            first_serial=file.first_serial,
            last_serial=file.last_serial,
            public_url=self._public_url,
        )


def find_layout(name: str) -> Layout:
    """Return the layout; raises LabelLayoutUnknown."""
    if name not in LAYOUTS:
        raise LabelLayoutUnknown(f"the layouts are {', '.join(LAYOUTS)}")
    return LAYOUTS[name]


def label_files(quantity: int, layout: Layout) -> Sequence[LabelFile]:
    """Return the PDF files that hold `quantity` labels: whole pages, at most MOST_LABELS_A_FILE labels each."""
    return _files(quantity, MOST_LABELS_A_FILE // layout.per_page * layout.per_page)


def code_files(quantity: int) -> Sequence[LabelFile]:
    """Return the CSV files that hold `quantity` codes."""
    return _files(quantity, MOST_CODES_A_FILE)


def _files(quantity: int, each: int) -> Sequence[LabelFile]:
    return [
        LabelFile(part=part, first_serial=first, last_serial=min(first + each, quantity) - 1)
        for part, first in enumerate(range(0, quantity, each), start=1)
    ]


def _get_part(files: Sequence[LabelFile], part: int) -> LabelFile:
    if not 1 <= part <= len(files):
        raise LabelFileUnknown(f"this batch has files 1 to {len(files)}")
    return files[part - 1]
