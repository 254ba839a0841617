"""`scripts/verify_waitlist` checks a log from its pages alone, and names whatever was changed in it."""

import copy
import json
import re
import subprocess
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.waitlist.verify_waitlist import check, link_after
from services.reservations.changes import Change, Joining, Leaving, Offer
from services.reservations.draft import decide
from services.reservations.ledger import SlotLedger
from services.reservations.model import EndReason, Reservation, ReservationStatus
from services.reservations.waitlist.model import LogEntry
from services.reservations.waitlist.rules import next_offers
from tests.factories import NOW, make_booking, make_cancellation, make_reservation, make_slot
from tests.waitlist import log_page

PROJECT = Path(__file__).parents[2]
SCRIPT = PROJECT / "scripts" / "verify_waitlist"
Page = dict[str, Any]


class Engine:
    """The rules of the desk, without a store: what they decide is the log that is checked."""

    def __init__(self, places: int) -> None:
        self.slot = make_slot(capacity=places, places_left=places)
        self.ledger = SlotLedger.at_first(self.slot)
        self.entries: list[LogEntry] = []
        self.waiting: dict[str, Reservation] = {}
        self.now = NOW

    def make(self, *changes: Change) -> None:
        self.now += timedelta(milliseconds=1234)
        _, settlements = decide({self.slot.id: self.ledger}, changes, self.now)
        for one in settlements:
            self.ledger.write(one.entry)
            if one.entry.queue is not None:
                queue = one.entry.queue
                self.entries.append(
                    LogEntry(version=one.entry.slot.version, at=self.now, steps=queue.steps, link=queue.link)
                )

    def join(self, *sizes: int) -> None:
        parties = [make_reservation(self.slot, party=size, status=ReservationStatus.WAITING) for size in sizes]
        self.waiting |= {one.id: one for one in parties}
        self.make(*(Joining(reservation=one, request=None) for one in parties))

    def offer(self) -> None:
        chosen = next_offers(self.ledger.queue.values(), self.ledger.slot.places_left)
        self.make(*(Offer(reservation=self.waiting[one.id], calls=()) for one in chosen))

    def leave(self, number: int) -> None:
        gone = next(one for one in self.ledger.queue.values() if one.number == number)
        self.make(Leaving(reservation=self.waiting[gone.id], left_at=self.now, reason=EndReason.CITIZEN))

    @property
    def page(self) -> Page:
        return log_page(self.slot.id, self.entries)


def an_afternoon() -> Engine:
    """Return a full slot at which parties of 2, 1, 2, 1 joined; the first two of them got the 3 places of others."""
    engine = Engine(places=6)
    bookings = [make_booking(engine.slot, party=3) for _ in range(2)]
    engine.make(*bookings)
    engine.join(2, 1)
    engine.join(2)
    engine.join(1)
    engine.make(make_cancellation(bookings[0].reservation))
    engine.offer()
    engine.leave(3)
    return engine


PAGE = an_afternoon().page


def relinked(page: Page) -> Page:
    """Return the page with links that fit what it says now, as a thorough forger makes them."""
    link = ""
    for entry in page["items"]:
        link = entry["link"] = link_after(link, page["slot_id"], entry)
    page["newest"] = link
    return page


def test_the_log_of_the_engine_agrees() -> None:
    assert len(PAGE["items"]) == 5
    assert [step["number"] for entry in PAGE["items"] for step in entry["steps"] if step["event"] == "offered"] == [
        1,
        2,
    ]
    assert check([PAGE], [entry["link"] for entry in PAGE["items"]]) == []
    assert check([Engine(places=1).page], []) == []


@given(st.lists(st.one_of(st.integers(1, 4), st.sampled_from(["offer", "leave", "free"])), max_size=25))
def test_whatever_the_engine_does_agrees(acts: list[int | str]) -> None:
    engine = Engine(places=8)
    bookings = [make_booking(engine.slot, party=2) for _ in range(4)]
    engine.make(*bookings)
    for act in acts:
        if isinstance(act, int):
            engine.join(act)
        elif act == "offer":
            engine.offer()
        elif act == "leave" and engine.ledger.queue:
            engine.leave(min(one.number for one in engine.ledger.queue.values()))
        elif act == "free" and bookings:
            engine.make(make_cancellation(bookings.pop().reservation))
    assert check([engine.page], [entry.link for entry in engine.entries]) == []


def step(page: Page, entry: int, index: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = page["items"][entry]["steps"][index]
    return found


def swap(page: Page) -> None:
    page["items"][1], page["items"][2] = page["items"][2], page["items"][1]


def an_hour_earlier(page: Page) -> None:
    entry, hour = page["items"][2], timedelta(hours=1)
    entry["at_ms"] -= round(hour.total_seconds() * 1000)
    entry["at"] = (datetime.fromisoformat(entry["at"]) - hour).isoformat()


TAMPERINGS: dict[str, tuple[Callable[[Page], object], str]] = {
    "another instant": (lambda page: page["items"][1].update(at_ms=page["items"][1]["at_ms"] + 1), "link_broken"),
    "another number": (lambda page: step(page, 3).update(number=3), "link_broken"),
    "another size": (lambda page: step(page, 0).update(party_size=1), "link_broken"),
    "more free": (lambda page: step(page, 3).update(free=4), "link_broken"),
    "another event": (lambda page: step(page, 4).update(event="offered"), "link_broken"),
    "a step less": (lambda page: page["items"][0]["steps"].pop(), "link_broken"),
    "an entry less": (lambda page: page["items"].pop(2), "link_broken"),
    "the first entry less": (lambda page: page["items"].pop(0), "link_broken"),
    "the last entry less": (lambda page: page["items"].pop(), "newest_differs"),
    "an entry twice": (lambda page: page["items"].insert(1, page["items"][1]), "link_broken"),
    "entries in another order": (swap, "link_broken"),
    "another slot": (lambda page: page.update(slot_id="slt_01JD0000000000000000000000"), "link_broken"),
    "another link": (lambda page: page["items"][0].update(link="0" * 64), "link_broken"),
    "the shown time": (lambda page: page["items"][0].update(at="2026-01-01T00:00:00+08:00"), "instant_differs"),
    "more to come": (lambda page: page.update(next="x"), "pages_missing"),
    "another form": (lambda page: page.update(format="chengma-waitlist-log-2"), "format_unknown"),
}
FORGERIES: dict[str, tuple[Callable[[Page], object], str]] = {
    "a friend first": (lambda page: step(page, 3).update(number=4, party_size=1), "out_of_turn"),
    "the first passed over": (lambda page: step(page, 3).update(number=2, party_size=1), "out_of_turn"),
    "an offer to nobody": (lambda page: step(page, 3).update(number=9), "not_in_queue"),
    "a number kept free for a friend": (lambda page: step(page, 1).update(number=5), "number_skipped"),
    "somebody else left": (lambda page: step(page, 4).update(number=1), "not_in_queue"),
    "an event of their own": (lambda page: step(page, 4).update(event="moved"), "event_unknown"),
    "an earlier joining": (an_hour_earlier, "time_goes_back"),
}


@pytest.mark.parametrize(("tamper", "code"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_each_tampering_is_found(tamper: Callable[[Page], object], code: str) -> None:
    page = copy.deepcopy(PAGE)
    tamper(page)
    assert code in {found for found, _, _ in check([page], [])}


@pytest.mark.parametrize(("forge", "code"), FORGERIES.values(), ids=FORGERIES)
def test_a_forger_who_mends_the_links_is_found_by_the_order(forge: Callable[[Page], object], code: str) -> None:
    page = copy.deepcopy(PAGE)
    forge(page)
    assert code in {found for found, _, _ in check([relinked(page)], [])}


def test_whoever_rewrites_all_of_it_is_found_by_a_receipt() -> None:
    page = copy.deepcopy(PAGE)
    page["items"] = page["items"][:3]
    rewritten = relinked(page)
    receipt = PAGE["items"][4]["link"]
    assert check([rewritten], []) == []
    assert [code for code, _, _ in check([rewritten], [receipt])] == ["receipt_missing"]


def test_pages_belong_together() -> None:
    first, last = copy.deepcopy(PAGE), copy.deepcopy(PAGE)
    first["items"], first["next"], first["newest"] = first["items"][:2], "x", None
    last["items"] = last["items"][2:]
    assert check([first, last], []) == []
    assert "pages_missing" in {code for code, _, _ in check([last, first], [])}
    assert "link_broken" in {code for code, _, _ in check([last], [])}
    last["slot_id"] = "slt_01JD0000000000000000000000"
    assert "other_slot" in {code for code, _, _ in check([first, last], [])}


def test_the_example_of_the_documents_is_true() -> None:
    text = (PROJECT / "docs" / "waitlist.md").read_text(encoding="utf-8")
    entry = json.loads(text.partition("```json\n")[2].partition("```")[0])
    slot_id = re.findall(r"slt_[0-9A-Z]{26}", text)[0]
    assert link_after("", slot_id, entry) == entry["link"]
    assert check([{**PAGE, "slot_id": slot_id, "items": [entry], "newest": entry["link"]}], []) == []


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


def test_the_script_says_what_it_found(tmp_path: Path) -> None:
    kept = tmp_path / "log.json"
    kept.write_text(json.dumps(PAGE), encoding="utf-8")
    alone = run(str(kept))
    assert alone.returncode == 0, alone.stderr
    assert "without a receipt" in alone.stdout
    receipt = PAGE["items"][0]["link"]
    assert "1 receipts are in the log" in run(str(kept), "--receipt", receipt).stdout
    assert run(str(kept), "--receipt", "0" * 64).returncode == 1
    kept.write_text(json.dumps({**PAGE, "items": PAGE["items"][1:]}), encoding="utf-8")
    found = run(str(kept))
    assert found.returncode == 1
    assert "the link of entry 0" in found.stdout


@pytest.mark.parametrize("content", ["", "[]", "{}", "nothing", '{"format": "chengma-waitlist-log-1"}'])
def test_what_is_no_log_is_said_to_be_none(tmp_path: Path, content: str) -> None:
    kept = tmp_path / "log.json"
    kept.write_text(content, encoding="utf-8")
    assert run(str(kept)).returncode == 2
    assert run(str(tmp_path / "nothing.json")).returncode == 2
