"""The slip (参访凭条) on paper: one page of A5, large type, Chinese and English, one code."""

import io
from dataclasses import dataclass, field
from datetime import date

from reportlab.lib.pagesizes import A5
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas

from qr.matrix import encode_matrix
from qr.text_fit import LEADING, fit_text

# Named and not embedded, as on other papers: every PDF reader brings it along or replaces it.
FONT = "STSong-Light"
QUIET_MODULES = 4
QR_SIDE = 66 * mm
MARGIN = 9 * mm
WIDTH = A5[0] - 2 * MARGIN
GAP = 4 * mm
# Points: elders read these without glasses; the day and the hour are the largest.
BODY, DAY, HOUR = 18.0, 28.0, 36.0
ASCENT = 0.88  # of STSong, in ems
MOST_NAMES = 5
LONGEST_NAME = 8
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
ASKED = "请持本凭条和证件入场，工作人员会询问任一参访人证件号码的后四位。"
ASKED_EN = "Bring this slip and your documents: the gate asks for the last four characters of one document's number."


@dataclass(frozen=True, kw_only=True)
class SlipOrder:
    """What stands on a slip; `starts` and `ends` are clock times in the city, `names` are masked."""

    venue_name: str
    venue_name_en: str
    on: date
    lunar_day: str
    starts: str
    ends: str
    party_size: int
    names: tuple[str, ...]
    code: str = field(repr=False)


def draw_slip(order: SlipOrder) -> bytes:
    """Return the PDF; the same order gives the same bytes."""
    registerFont(UnicodeCIDFont(FONT))
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A5, invariant=1)
    canvas.setTitle("参访凭条 Visit slip")
    page = _Page(canvas)
    page.text(order.venue_name, largest=24.0, height=24.0 * LEADING * 2)
    page.text(order.venue_name_en, largest=BODY, height=BODY * LEADING * 3, most_lines=3)
    page.rule()
    page.text(_day(order.on), largest=DAY, most_lines=1)
    page.text(order.lunar_day, largest=BODY + 2, most_lines=1)
    page.text(_day_en(order.on), largest=BODY, most_lines=1)
    page.text(f"{order.starts} – {order.ends}", largest=HOUR, most_lines=1)
    page.rule()
    page.code_and_party(order)
    page.text(ASKED, largest=BODY, height=BODY * LEADING * 2)
    page.text(ASKED_EN, largest=BODY, height=BODY * LEADING * 4, most_lines=4)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


class _Page:
    """Draws from the top down; `_y` is how high the next thing begins, in points."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._y = A5[1] - MARGIN

    def text(self, text: str, *, largest: float, height: float | None = None, most_lines: int = 2) -> None:
        """Draw a text in the middle, in no more lines than it needs at its largest."""
        room = height or largest * LEADING
        lines = next(
            (count for count in range(1, most_lines + 1) if _fits(text, largest, count)),
            most_lines,
        )
        fitted = fit_text(text, width=WIDTH, height=room, most_lines=lines, largest=largest)
        for line in fitted.lines:
            self._canvas.setFont(FONT, fitted.size)
            self._canvas.drawCentredString(A5[0] / 2, self._y - ASCENT * fitted.size, line)
            self._y -= fitted.size * LEADING

    def rule(self) -> None:
        """Draw a line across."""
        self._y -= 1.5 * mm
        self._canvas.setLineWidth(0.8)
        self._canvas.line(MARGIN, self._y, A5[0] - MARGIN, self._y)
        self._y -= 2 * mm

    def code_and_party(self, order: SlipOrder) -> None:
        """Draw the code, and beside it how many people it is for, and who."""
        self._symbol(order.code, MARGIN, self._y - QR_SIDE)
        left, width = MARGIN + QR_SIDE + GAP, WIDTH - QR_SIDE - GAP
        y = self._y - 6 * mm
        people = "person" if order.party_size == 1 else "people"
        for text, size in (
            (f"{order.party_size} 人", DAY),
            (f"{order.party_size} {people}", BODY),
            *((name, BODY) for name in _names(order.names)),
        ):
            fitted = fit_text(text, width=width, height=size * LEADING, most_lines=1, largest=size)
            self._canvas.setFont(FONT, fitted.size)
            self._canvas.drawString(left, y - ASCENT * fitted.size, fitted.lines[0])
            y -= size * LEADING
        self._y -= QR_SIDE + 1 * mm

    def _symbol(self, text: str, left: float, bottom: float) -> None:
        """Draw the QR code with its quiet zone; dark modules that touch in a row are one rectangle."""
        matrix = encode_matrix(text)
        module = QR_SIDE / (matrix.size + 2 * QUIET_MODULES)
        for y in range(matrix.size):
            row = bottom + (matrix.size + QUIET_MODULES - 1 - y) * module
            start = None
            for x in range(matrix.size + 1):
                dark = x < matrix.size and matrix.is_dark(x, y)
                if dark and start is None:
                    start = x
                elif not dark and start is not None:
                    at, width = left + (start + QUIET_MODULES) * module, (x - start) * module
                    self._canvas.rect(at, row, width, module, stroke=0, fill=1)
                    start = None


def _fits(text: str, size: float, lines: int) -> bool:
    fitted = fit_text(text, width=WIDTH, height=size * LEADING * lines, most_lines=lines, largest=size)
    return fitted.size >= size


def _names(names: tuple[str, ...]) -> list[str]:
    shown = [name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…" for name in names]
    return shown if len(shown) <= MOST_NAMES else [*shown[: MOST_NAMES - 1], f"等 {len(shown)} 人"]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日 {WEEKDAYS[day.weekday()]}"


def _day_en(day: date) -> str:
    return f"{WEEKDAYS_EN[day.weekday()]}, {day.day} {MONTHS_EN[day.month - 1]} {day.year}"
