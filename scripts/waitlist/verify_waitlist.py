"""`scripts/verify_waitlist`: checks the public log of a slot's waitlist.

It needs this one file and Python 3.11, and none of the project's code: docs/waitlist.md says what it does.
"""

import argparse
import hashlib
import json
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

Finding = tuple[str, str, str]

FORMAT = "chengma-waitlist-log-1"
CONTEXT = "chengma waitlist 1"
AGREES, DIFFERS, NO_LOG = range(3)
ANSWERED_WITHIN_S = 30
MOST_BYTES = 50_000_000
# Entries are written by several machines.
CLOCKS_DIFFER_MS = 60_000


# The order: all that has to be believed is below this line and above the next.


def link_after(previous: str, slot_id: str, entry: dict[str, Any]) -> str:
    """Return the link over an entry and the link before it, which is nothing for the first one."""
    steps = [[one["event"], one["number"], one["party_size"], one["free"]] for one in entry["steps"]]
    content = [CONTEXT, previous, slot_id, entry["at_ms"], steps]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def first_fitting(queue: dict[int, int], free: int) -> int | None:
    """Return the smallest number in the queue (number: party size) whose party fits into what is free."""
    return next((number for number in sorted(queue) if queue[number] <= free), None)


# From here on it is about comparing.


def check(pages: list[dict[str, Any]], receipts: list[str]) -> list[Finding]:
    """Return all that does not agree: a code, and a sentence in Chinese and English."""
    if not pages or any(page["format"] != FORMAT for page in pages):
        return [("format_unknown", "不认识这种日志的格式", "this form of log is not known")]
    entries = [entry for page in pages for entry in page["items"]]
    return [
        *_check_pages(pages, entries),
        *_check_links(pages[0]["slot_id"], entries),
        *_check_order([step for entry in entries for step in entry["steps"]]),
        *_check_receipts(entries, receipts),
    ]


def _check_pages(pages: list[dict[str, Any]], entries: list[dict[str, Any]]) -> Iterator[Finding]:
    if len({page["slot_id"] for page in pages}) > 1:
        yield "other_slot", "各页不属于同一时段", "the pages are not of one slot"
    if pages[-1]["next"] is not None or any(page["next"] is None for page in pages[:-1]):
        yield "pages_missing", "日志的页不全或顺序不对", "there are pages missing, or they are not in their order"
    newest = entries[-1]["link"] if entries else None
    # An empty last page knows no link.
    if pages[-1]["items"] and pages[-1]["newest"] != newest:
        yield (
            "newest_differs",
            "末条的链接与所称的最新链接不符",
            "the last link is not the one that is said to be newest",
        )


def _check_links(slot_id: str, entries: list[dict[str, Any]]) -> Iterator[Finding]:
    previous, earlier_ms = "", 0
    for index, entry in enumerate(entries):
        if link_after(previous, slot_id, entry) != entry["link"]:
            yield "link_broken", f"第 {index} 条的链接不符", f"the link of entry {index} is not that of its content"
        if round(datetime.fromisoformat(entry["at"]).timestamp()) != entry["at_ms"] // 1000:
            yield "instant_differs", f"第 {index} 条的时间与其毫秒数不符", f"entry {index} has two different instants"
        if entry["at_ms"] < earlier_ms - CLOCKS_DIFFER_MS:
            yield "time_goes_back", f"第 {index} 条早于前一条", f"entry {index} is earlier than the one before it"
        previous, earlier_ms = entry["link"], entry["at_ms"]


def _check_order(steps: list[dict[str, Any]]) -> Iterator[Finding]:
    queue: dict[int, int] = {}
    last = 0
    for step in steps:
        number, size, free = step["number"], step["party_size"], step["free"]
        if step["event"] == "joined":
            if number != last + 1:
                yield "number_skipped", f"号码 {number} 不是下一个号码", f"{number} is not the next number to be given"
            last = max(last, number)
            queue[number] = size
            continue
        if queue.get(number) != size:
            yield "not_in_queue", f"号码 {number} 不在队列中或人数不符", f"{number} is not in the queue with that size"
        elif step["event"] == "offered" and first_fitting(queue, free) != number:
            first = first_fitting(queue, free)
            yield (
                "out_of_turn",
                f"名额给了号码 {number}，而先到且容得下的是 {first}",
                f"places were offered to {number}, while {first} was the first that fitted",
            )
        elif step["event"] not in {"offered", "left"}:
            yield "event_unknown", f"不认识的事件 {step['event']}", f"an event that is not known: {step['event']}"
        queue.pop(number, None)


def _check_receipts(entries: list[dict[str, Any]], receipts: list[str]) -> Iterator[Finding]:
    links = {entry["link"] for entry in entries}
    for receipt in receipts:
        if receipt not in links:
            yield (
                "receipt_missing",
                f"日志中没有凭据 {receipt}：日志被改写过",
                f"the receipt {receipt} is not in the log: it was rewritten",
            )


def read_pages(sources: list[str]) -> list[dict[str, Any]]:
    """Return the pages of files, or those of an address and all that follow."""
    if len(sources) == 1 and sources[0].startswith(("https://", "http://")):
        return list(_fetch(sources[0]))
    return [json.loads(Path(source).read_text(encoding="utf-8")) for source in sources]


def _fetch(address: str) -> Iterator[dict[str, Any]]:
    after: str | None = None
    while True:
        asked = {"limit": "200"} if after is None else {"limit": "200", "after": after}
        whole = f"{address}?{urllib.parse.urlencode(asked)}"
        with urllib.request.urlopen(whole, timeout=ANSWERED_WITHIN_S) as answer:  # noqa: S310 -- http or https, see above
            page = json.loads(answer.read(MOST_BYTES))
        yield page
        after = page["next"]
        if after is None:
            return


def main() -> None:
    """Check, print, and end: 0 all agrees, 1 something does not, 2 there is no log."""
    parser = argparse.ArgumentParser(prog="./scripts/verify_waitlist", description=__doc__)
    parser.add_argument(
        "source", nargs="+", help="https://…/api/v1/slots/slt_…/waitlist, or its pages as files, in their order"
    )
    parser.add_argument(
        "--receipt", action="append", default=[], metavar="LINK", help="`link` as joining gave it; may come again"
    )
    given = parser.parse_args()
    try:
        pages = read_pages(given.source)
    except (OSError, ValueError, RecursionError) as error:
        _give_up(f"无法读取 cannot be read: {error}")
    try:
        findings = check(pages, given.receipt)
        said = _praise(pages, given.receipt)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        _give_up("文件不是完整的候补日志 this file is not the log of a waitlist")
    for _, zh, en in findings:
        print(f"✗ {zh}\n  {en}")
    if findings:
        print(f"✗ {len(findings)} 处不符 {len(findings)} things do not agree")
        sys.exit(DIFFERS)
    print("\n".join(said))


def _give_up(why: str) -> NoReturn:
    sys.stderr.write(f"verify_waitlist: {why}\n")
    sys.exit(NO_LOG)


def _praise(pages: list[dict[str, Any]], receipts: list[str]) -> list[str]:
    """Return what agrees, and what is still open."""
    entries = [entry for page in pages for entry in page["items"]]
    steps = [step["event"] for entry in entries for step in entry["steps"]]
    said = [
        f"✓ {len(entries)} 条记录的链接全部一致 the links of all {len(entries)} entries agree",
        f"✓ {steps.count('offered')} 次名额都给了先到且容得下的一组",
        f"  each of {steps.count('offered')} offers went to the first that fitted, of {steps.count('joined')} parties",
    ]
    if receipts:
        return [*said, f"✓ {len(receipts)} 张凭据都在日志中 all {len(receipts)} receipts are in the log"]
    return [
        *said,
        "! 没有凭据：整个重写的日志也能通过。请用 --receipt 给出加入候补时得到的 link",
        "  without a receipt a log that was rewritten as a whole passes, too: give the `link` of your joining",
    ]


if __name__ == "__main__":
    main()
