"""Envelopes: pseudonyms that mean something to one recipient only, digests, and sums that do not mind the order."""

import itertools
import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.sync.envelopes import PARTS, PIECE_BITS, Envelope, checksum_of, digest_of, wrap
from services.sync.model import RecordKind
from services.sync.pseudonyms import Pseudonyms
from services.sync.records import Record
from services.sync.standard.model import RecordSchema
from tests.shelves import make_record

SECRET = bytes(range(32))
MAIN, OTHER = (Pseudonyms.for_recipient(SECRET, name) for name in ("main", "other"))
MARKED: Mapping[str, str] = {"id": "reservation", "many": "staff", "nobody": "staff"}


def schema_of(**pseudonyms: str) -> RecordSchema:
    return RecordSchema(
        kind=RecordKind.RESERVATION, major=1, document={}, pseudonyms=pseudonyms, references={}, expected=()
    )


def wrapped(record: Record, pseudonyms: Pseudonyms = MAIN, sender: str = "huangpu") -> Envelope:
    return wrap(record, schema_of(id="reservation"), pseudonyms, sender)


def test_a_pseudonym_is_the_same_for_one_recipient_and_another_for_everybody_else() -> None:
    assert MAIN.of("reservation", "rsv_1") == Pseudonyms.for_recipient(SECRET, "main").of("reservation", "rsv_1")
    others = [
        OTHER.of("reservation", "rsv_1"),
        MAIN.of("reservation", "rsv_2"),
        Pseudonyms.for_recipient(bytes(32), "main").of("reservation", "rsv_1"),
    ]
    assert len({MAIN.of("reservation", "rsv_1"), *others}) == 4
    label, _, code = MAIN.of("reservation", "rsv_1").partition("-")
    assert (label, len(code), set(code) <= set("abcdefghijklmnopqrstuvwxyz234567")) == ("reservation", 26, True)


def test_what_is_marked_is_replaced_and_nothing_else() -> None:
    data = {"id": "rsv_1", "many": ["stf_1", "stf_2"], "nobody": None, "venue_id": "ven_1"}
    put = MAIN.put_in(MARKED, data)
    assert put == {
        "id": MAIN.of("reservation", "rsv_1"),
        "many": [MAIN.of("staff", "stf_1"), MAIN.of("staff", "stf_2")],
        "nobody": None,
        "venue_id": "ven_1",
    }
    assert data["id"] == "rsv_1"
    assert MAIN.put_in(MARKED, {"venue_id": "ven_1"}) == {"venue_id": "ven_1"}
    # A label keeps apart what has the same id among two sorts of things.
    assert MAIN.of("staff", "1") != MAIN.of("admission", "1").replace("admission", "staff")


def test_an_envelope_names_the_way_it_came() -> None:
    record = make_record(1, path=("yuyuan",))
    envelope = wrapped(record)
    assert (envelope.path, envelope.sender) == (("yuyuan", "huangpu"), "huangpu")
    assert (envelope.id, envelope.source_id) == (MAIN.of("reservation", record.id), record.id)
    assert envelope.data["id"] == envelope.id
    assert 0 <= envelope.part < PARTS


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"district_id": "310115"},
        {"day": date(2026, 12, 1)},
        {"path": ("yuyuan",)},
        {"data": {"id": "otl_000001", "name": "示例餐厅2"}},
        {"data": {"id": "otl_000001", "name": "示例餐厅1", "state": "state 1", "more": None}},
        {"kind": RecordKind.PLATE},
    ],
)
def test_whatever_the_recipient_gets_to_know_is_in_the_digest(change: dict[str, Any]) -> None:
    record = make_record(1)
    assert wrapped(replace(record, **change)).digest != wrapped(record).digest


def test_the_order_of_properties_is_not() -> None:
    data = {"b": 1, "a": {"d": "示例", "c": [1, 2]}}
    assert digest_of(data) == digest_of({"a": {"c": [1, 2], "d": "示例"}, "b": 1})
    assert digest_of(data) != digest_of({"b": 1, "a": {"d": "示例", "c": [2, 1]}})


def test_sums_of_checksums_do_not_mind_the_order_and_notice_every_exchange() -> None:
    luck = random.Random(1)
    envelopes = [wrapped(make_record(number, version=luck.randint(1, 5))) for number in range(200)]

    def total(some: list[Envelope]) -> tuple[int, int, int]:
        sums = [one.checksum for one in some]
        return len(sums), sum(one.high for one in sums), sum(one.low for one in sums)

    shuffled = luck.sample(envelopes, len(envelopes))
    assert total(shuffled) == total(envelopes)
    for at in range(0, len(envelopes), 20):
        newer = wrapped(make_record(at, version=9))
        assert total([*envelopes[:at], newer, *envelopes[at + 1 :]]) != total(envelopes)
    twice = [*envelopes[:-1], envelopes[0]]
    assert total(twice) != total(envelopes)


def test_a_checksum_is_made_of_the_first_62_bits() -> None:
    highest = checksum_of("f" * 64)
    assert highest == ((1 << PIECE_BITS) - 1, (1 << PIECE_BITS) - 1)
    # Sums of as many as four thousand million stay exact in 64 bits.
    assert highest.high * 2**32 < 2**63
    different = [checksum_of(digest_of({"number": number})) for number in range(2000)]
    assert len(set(different)) == len(different)
    assert all(itertools.chain.from_iterable((one.high < 2**31, one.low < 2**31) for one in different))


def test_parts_share_the_load() -> None:
    parts = [wrapped(make_record(number)).part for number in range(4000)]
    assert len(set(parts)) == PARTS
    assert max(map(parts.count, set(parts))) < 4 * len(parts) / PARTS
