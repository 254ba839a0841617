"""The notice to the owner (责令整改通知书) on paper: Chinese first, a short English part, and the link as a QR code."""

import io
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.colors import HexColor, black
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from qr.matrix import encode_matrix
from services.patrols.checklists.model import Severity

# Named and not embedded, as on labels: every PDF reader brings it along or replaces it.
FONT = "STSong-Light"
QUIET_MODULES = 4
QR_MM = 38
MARGIN_MM = 26
# What platypus leaves free within the margins, on each side.
FRAME_PADDING = 6
TEXT_WIDTH = A4[0] - 2 * MARGIN_MM * mm - 2 * FRAME_PADDING
LABEL_WIDTH = 31 * mm
CELL_PADDING = 6
# The page behind the link shows all of a longer one.
LONGEST_NOTE = 300
# A shorter last line looks like a mistake of the printer.
LEAST_LAST_LINE = 4
MOST_NARROWED = 10
NEVER_FIRST = tuple("，。；：、！？）》〉】」』”’…—")
RED = HexColor(0xB3261E)
GREY = HexColor(0x5F6368)
SEVERITIES = {
    Severity.MINOR: ("一般", "minor"),
    Severity.MAJOR: ("较重", "major"),
    Severity.CRITICAL: ("严重", "critical"),
}


@dataclass(frozen=True, kw_only=True)
class NoticeOrder:
    """What stands in a notice; `link` has the secret by which the owner answers."""

    number: str
    office_name: str
    site_name: str
    site_name_en: str
    address: str
    found_on: date
    title: str
    title_en: str
    severity: Severity
    legal_basis: str
    due_on: date
    issued_on: date
    note: str
    link: str = field(repr=False)


def draw_notice(order: NoticeOrder) -> bytes:
    """Return the PDF: one page of A4."""
    registerFont(UnicodeCIDFont(FONT))
    body = ParagraphStyle("body", fontName=FONT, fontSize=12, leading=21, wordWrap="CJK", firstLineIndent=24)
    plain = ParagraphStyle("plain", parent=body, firstLineIndent=0)
    small = ParagraphStyle("small", parent=plain, fontSize=9.5, leading=15, textColor=GREY)
    head = ParagraphStyle("head", parent=plain, fontSize=15, leading=22, alignment=1, textColor=RED)
    title = ParagraphStyle("title", parent=plain, fontSize=24, leading=34, alignment=1)
    right = ParagraphStyle("right", parent=plain, alignment=2)
    story = [
        Paragraph(escape(order.office_name), head),
        HRFlowable(width="100%", thickness=1.6, color=RED, spaceBefore=6, spaceAfter=10),
        Paragraph("责令整改通知书", title),
        Paragraph(f"编号：{escape(order.number)}", right),
        Spacer(1, 4 * mm),
        Paragraph(f"{escape(order.site_name)}：", plain),
        _lines(f"{_day(order.found_on)}，检查人员在你单位（地址：{order.address}）检查时发现下列问题：", body),
        Spacer(1, 2 * mm),
        _facts(order, plain),
        Spacer(1, 3 * mm),
        _lines(
            f"现责令你单位于{_day(order.due_on)}前（含当日）完成整改，并扫描下方二维码，说明整改情况、上传整改后的"
            "照片。期满后将进行复查；逾期未整改的，将依法处理。",
            body,
        ),
        _lines("对本通知有异议的，可自收到之日起向本机关陈述、申辩。", body),
        Spacer(1, 8 * mm),
        Paragraph(escape(order.office_name), right),
        Paragraph(_day(order.issued_on), right),
        Spacer(1, 6 * mm),
        _answering(small, order.link),
        Spacer(1, 2 * mm),
        Paragraph(_in_english(order), small),
    ]
    target = io.BytesIO()
    SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=MARGIN_MM * mm,
        rightMargin=MARGIN_MM * mm,
        topMargin=20 * mm,
        bottomMargin=16 * mm,
        title=f"责令整改通知书 {order.number}",
        author=order.office_name,
        lang="zh-CN",
    ).build(story)
    return target.getvalue()


def _facts(order: NoticeOrder, style: ParagraphStyle) -> Table:
    chinese, _ = SEVERITIES[order.severity]
    rows = [
        ("发现的问题", order.title),
        ("检查人员说明", _shortened(order.note)),
        ("严重程度", chinese),
        ("依据", order.legal_basis or "—"),
        ("整改期限", _day(order.due_on)),
    ]
    # A line keeps its leading below it: that is made good above.
    cell = ParagraphStyle("cell", parent=style, leading=17)
    value_width = TEXT_WIDTH - LABEL_WIDTH
    cells = [
        [Paragraph(label, cell), _lines(text, cell, width=value_width - 2 * CELL_PADDING)]
        for label, text in rows
        if text
    ]
    ruled = TableStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.6, black),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING),
            ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
            ("TOPPADDING", (0, 0), (-1, -1), 7),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
    )
    return Table(cells, colWidths=[LABEL_WIDTH, value_width], style=ruled, splitInRow=1)


def _lines(text: str, style: ParagraphStyle, *, width: float = TEXT_WIDTH) -> Paragraph:
    """Return the text in lines: none begins with a mark that ends something, the last has more than a few characters.

    They are made shorter by halves of a character until it is so; a text for which no length helps stays as it is.
    """
    for halves in range(MOST_NARROWED):
        narrowed = ParagraphStyle(style.name, parent=style, rightIndent=halves * style.fontSize / 2)
        made = Paragraph(escape(text), narrowed)
        made.wrap(width, A4[1])
        lines = [_text_of(line) for line in made.blPara.lines]
        begun_wrong = any(line.startswith(NEVER_FIRST) for line in lines[1:])
        if len(lines) <= 1 or (len(lines[-1]) >= LEAST_LAST_LINE and not begun_wrong):
            return made
    return Paragraph(escape(text), style)


def _text_of(line: Any) -> str:
    """Return the text of a line as reportlab has it: otherwise where marks were escaped."""
    return str(line[1][0]) if isinstance(line, tuple) else "".join(str(part.text) for part in line.words)


def _shortened(note: str) -> str:
    return note if len(note) <= LONGEST_NOTE else f"{note[:LONGEST_NOTE]}……"


def _answering(style: ParagraphStyle, link: str) -> Table:
    said = [
        Paragraph("扫码答复整改情况，无需注册或登录。请妥善保管本通知：持有二维码的人即可答复。", style),
        Spacer(1, 2 * mm),
        Paragraph("Scan to answer, without an account. Keep this paper: whoever has the code can answer.", style),
    ]
    middle = TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (0, -1), 0)])
    return Table([[_symbol(link), said]], colWidths=[(QR_MM + 6) * mm, None], style=middle)


def _in_english(order: NoticeOrder) -> str:
    _, severity = SEVERITIES[order.severity]
    return (
        f"Rectification notice {escape(order.number)}, {escape(order.site_name_en or order.site_name)}. "
        f"Found on {order.found_on.isoformat()}: {escape(order.title_en or order.title)} ({severity}). "
        f"Put it right by {order.due_on.isoformat()}, then answer with photos by the code above."
    )


def _symbol(text: str) -> Drawing:
    """Return the QR code with its quiet zone; dark modules that touch in a row are one rectangle."""
    matrix = encode_matrix(text)
    module = QR_MM * mm / (matrix.size + 2 * QUIET_MODULES)
    drawing = Drawing(QR_MM * mm, QR_MM * mm)
    for y in range(matrix.size):
        bottom = (matrix.size + QUIET_MODULES - 1 - y) * module
        start = None
        for x in range(matrix.size + 1):
            dark = x < matrix.size and matrix.is_dark(x, y)
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                left, width = (start + QUIET_MODULES) * module, (x - start) * module
                drawing.add(Rect(left, bottom, width, module, fillColor=black, strokeColor=None, strokeWidth=0))
                start = None
    return drawing


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
