"""What is ordered of a batch's labels, and the work itself, which takes a process of its own a second or so."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO

from qr.item_code import ItemCode, ItemKeyring, ItemNumber, make_item_code, readable
from qr.labels import LAYOUTS
from qr.links import item_link
from qr.sheets import Label, render_sheet_file

COLUMNS = ("serial", "code", "link", "item_id")


@dataclass(frozen=True, kw_only=True)
class CodeRange:
    """The codes from `first_serial` to `last_serial` of batch `number` under `kid`; `secret` is that key's."""

    number: int
    kid: int
    secret: bytes = field(repr=False)
    first_serial: int
    last_serial: int
    public_url: str

    def codes(self) -> Iterator[tuple[ItemNumber, ItemCode]]:
        """Yield each number with its code."""
        keyring = ItemKeyring(secrets={self.kid: self.secret}, active_kid=self.kid)
        for serial in range(self.first_serial, self.last_serial + 1):
            number = ItemNumber(kid=self.kid, batch=self.number, serial=serial)
            yield number, make_item_code(number, keyring)


@dataclass(frozen=True, kw_only=True)
class SheetOrder:
    """Labels for those codes: `layout` is a name in `qr.labels.LAYOUTS`, `artwork` a PNG or JPEG picture."""

    codes: CodeRange
    layout: str
    title: str
    artwork: bytes | None = field(repr=False)


def fill_sheets(order: SheetOrder) -> bytes:
    """Return the PDF; raises BadArtwork for a picture that cannot be printed."""
    url = order.codes.public_url
    labels = [Label(link=item_link(url, code), readable=readable(code)) for _, code in order.codes.codes()]
    return render_sheet_file(labels, LAYOUTS[order.layout], order.title, order.artwork)


def write_codes(order: CodeRange) -> bytes:
    """Return the codes as CSV (RFC 4180) with a header line, for a printer's own software."""
    written = StringIO()
    lines = csv.writer(written)
    lines.writerow(COLUMNS)
    lines.writerows(
        (number.serial, readable(code), item_link(order.public_url, code), number.item_id)
        for number, code in order.codes()
    )
    return written.getvalue().encode("ascii")
