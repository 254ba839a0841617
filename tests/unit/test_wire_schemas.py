"""Schemas of the wire: what is right takes a short way, and comes out as the long way would bring it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validates_schema

from handlers.schemas.admissions import ScanCodeSchema
from handlers.schemas.fields import Instant, Items, Part, Text, WireSchema
from handlers.schemas.identity import StaffLogInSchema
from handlers.schemas.reservations import BookVisitSchema, OwnReservationsQuery, VisitorSchema
from handlers.schemas.venues import SlotQuery, VenueQuery
from services.reservations.model import DocumentType, Visitor

REPEATABLE = settings(derandomize=True, deadline=None, database=None, max_examples=400)
SCHEMAS = (
    BookVisitSchema,
    VisitorSchema,
    OwnReservationsQuery,
    ScanCodeSchema,
    StaffLogInSchema,
    SlotQuery,
    VenueQuery,
)
SLOT, GATE = "slt_01JD0000000000000000000000", "gat_01JD0000000000000000000000"
# Right and wrong values for all fields there are, so that right ones meet often enough.
TEXTS = [
    "x",
    "",
    " ",
    "a\x00b",
    "a\u200bb",
    "示例访客",
    "a\u3000b",
    "E1234567",
    "passport",
    "x" * 61,
    SLOT,
    SLOT + "\n",
    GATE,
]
PLAIN = st.sampled_from(
    [*TEXTS, None, 7, True, 1.5, "12", "13800000000", "2026-11-21T09:00:00+08:00", "121.4,31.2", "200,0"]
)
VISITORS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["示例访客", "a b", "", "a\u202eb"]),
        "id_type": st.sampled_from(["passport", "resident_id", "other", 1]),
        "id_number": st.sampled_from(["E1234567", "E12", "é1234", "E1234567\n"]),
    },
    optional={"surprise": PLAIN},
)
NAMES = sorted({name for schema in SCHEMAS for name in schema().load_fields} | {"from", "to", "surprise"})
BODIES = st.dictionaries(st.sampled_from(NAMES), PLAIN | st.lists(VISITORS | PLAIN, max_size=3), max_size=4)
BOOKINGS = st.fixed_dictionaries(
    {"slot_id": st.sampled_from([SLOT, GATE]), "visitors": st.lists(VISITORS, max_size=3)},
    optional={"contact_phone": PLAIN},
)


def short(schema: Schema, body: Any) -> Any:
    try:
        return schema.load(body)
    except ValidationError as error:
        return error.messages


def long(schema: WireSchema, body: Any) -> Any:
    """Load as marshmallow does, rule by rule."""
    schema._has_hooks = True
    try:
        return short(schema, body)
    finally:
        schema._has_hooks = any(schema._hooks.values())


@REPEATABLE
@given(st.sampled_from([schema() for schema in SCHEMAS]), BODIES | PLAIN | st.lists(BODIES, max_size=2))
def test_both_ways_say_the_same(schema: WireSchema, body: Any) -> None:
    assert short(schema, body) == long(schema, body)


@REPEATABLE
@given(BOOKINGS)
def test_both_ways_say_the_same_of_bookings(body: Any) -> None:
    schema = BookVisitSchema()
    assert short(schema, body) == long(schema, body)


def test_what_is_right_comes_out_as_values_of_the_domain() -> None:
    visitor = {"name": "示例访客", "id_type": "passport", "id_number": "E1234567"}
    assert BookVisitSchema().load({"slot_id": SLOT, "visitors": [visitor]}) == {
        "slot_id": SLOT,
        "contact_phone": None,
        "visitors": [Visitor(name="示例访客", id_type=DocumentType.PASSPORT, id_number="E1234567")],
    }


def test_a_name_on_the_wire_may_differ_from_the_one_within() -> None:
    assert set(SlotQuery().load({"from": "2026-11-21T09:00:00+08:00"})) == {"limit", "after", "since", "until"}


class Pair(WireSchema):
    """A schema with a hook of marshmallow's own."""

    least = fields.Integer(required=True)
    most = fields.Integer(required=True)

    @validates_schema
    def _in_order(self, data: dict[str, int], **_: Any) -> None:
        if data["least"] > data["most"]:
            raise ValidationError({"most": ["out_of_range: less than the least"]})


class Pairs(WireSchema):
    """Pairs within a list."""

    pairs = Items(Part(Pair), most=3)
    at = Instant(allow_none=True)
    note = Text(longest=3, allow_none=True)


def test_hooks_are_obeyed_wherever_they_are() -> None:
    right, wrong = {"least": 1, "most": 2}, {"least": 2, "most": 1}
    assert Pairs().load({"pairs": [right], "at": None, "note": None}) == {"pairs": [right], "at": None, "note": None}
    with pytest.raises(ValidationError) as refused:
        Pairs().load({"pairs": [right, wrong]})
    assert refused.value.messages == {"pairs": {1: {"most": ["out_of_range: less than the least"]}}}
