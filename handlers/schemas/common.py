"""Pieces that many schemas share."""

from typing import Any

from marshmallow import fields

from handlers.schemas.fields import Count, Items, Part, Text, WireSchema

ID_CHARACTERS = 30
EXAMPLE_ULID = "01JD0000000000000000000000"


def identifier(prefix: str, **kwargs: Any) -> Text:
    """Return a field for ids that clients send, such as `slt_01J…`: a prefix and a ULID."""
    return Text(
        longest=ID_CHARACTERS,
        pattern=rf"{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}",
        metadata={"examples": [f"{prefix}_{EXAMPLE_ULID}"]},
        **kwargs,
    )


def scan_nonce(description: str, example: str) -> Text:
    """Return a field for what a device makes for each scan, by which the same scan sent twice is known."""
    return Text(
        required=True,
        longest=64,
        shortest=8,
        pattern=r"[A-Za-z0-9_-]+",
        metadata={"description": description, "examples": [example]},
    )


def shown(example: str | int, **kwargs: Any) -> fields.String | fields.Integer:
    """Return a field for a text or number that the server sends, documented by an example."""
    kind = fields.String if isinstance(example, str) else fields.Integer
    return kind(required=True, metadata={"examples": [example]}, **kwargs)


def shown_id(prefix: str, **kwargs: Any) -> fields.String | fields.Integer:
    """Return a field for an id that the server sends."""
    return shown(f"{prefix}_{EXAMPLE_ULID}", **kwargs)


class PageQuery(WireSchema):
    """How every list is paged."""

    limit = Count(least=1, most=200, strict=False, load_default=50, metadata={"description": "Items on a page."})
    after = Text(longest=400, load_default=None, metadata={"description": "`next` of the page before."})


class FieldProblemSchema(WireSchema):
    """One fault of one field."""

    path = fields.String(required=True, metadata={"examples": ["visitors[0].id_number"]})
    code = fields.String(required=True, metadata={"examples": ["too_short"]})
    detail = fields.String(required=True)


class ProblemSchema(WireSchema):
    """A refusal (RFC 9457); `code` is stable, the texts follow Accept-Language (zh-CN or en)."""

    type = fields.String(required=True, metadata={"examples": ["urn:chengma:problem:slot_full"]})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True, metadata={"description": "What to do about it."})
    request_id = fields.String(required=True, metadata={"description": "Finds the request in the logs."})
    errors = Items(Part(FieldProblemSchema), most=1000)
    received = fields.Integer(metadata={"description": "With chunk_out_of_place: the byte to go on from."})
    state = fields.String(
        metadata={"description": "With photo_not_ready: how far the photo is.", "examples": ["receiving"]}
    )
    check_in_id = fields.String(
        metadata={
            "description": "With submission_contradicts: the check-in that came first.",
            "examples": [f"chk_{EXAMPLE_ULID}"],
        }
    )
    opens_at = fields.String(
        metadata={
            "description": "With slot_not_released: from when the slot can be booked.",
            "examples": ["2026-11-21T08:00:00+08:00"],
        }
    )
    places_left = fields.Integer(
        metadata={
            "description": "With slot_full and group_places_too_few: how many places are left for such a wish.",
            "examples": [12],
        }
    )
    paused_until = fields.String(
        metadata={
            "description": "With booking_paused: from when this account can book again.",
            "examples": ["2026-12-21T09:00:00+08:00"],
        }
    )
    companion_id = fields.String(
        metadata={
            "description": "With companion_known: the companion who has this document.",
            "examples": [f"cpn_{EXAMPLE_ULID}"],
        }
    )
    booked = fields.Integer(
        metadata={
            "description": "With day_booked and quota_below_booked: how many places are booked.",
            "examples": [12],
        }
    )
    channel = fields.String(
        metadata={
            "description": "With quota_below_booked: for whom those places are set aside.",
            "examples": ["group"],
        }
    )
    rescheduled_to = fields.String(
        metadata={
            "description": "With reservation_moved: the reservation that there is instead.",
            "examples": [f"rsv_{EXAMPLE_ULID}"],
        }
    )
    client_id = fields.String(
        metadata={
            "description": "With client_made_before: the client that was made.",
            "examples": [f"cli_{EXAMPLE_ULID}"],
        }
    )
    webhook_id = fields.String(
        metadata={
            "description": "With webhook_made_before: the webhook that was made.",
            "examples": [f"whk_{EXAMPLE_ULID}"],
        }
    )


def page_schema(item: type[WireSchema], name: str) -> type[WireSchema]:
    """Return the schema of a list of `item`: `{items, next}`."""
    return type(
        name,
        (WireSchema,),
        {
            "__doc__": f"A page of {item.__name__.removesuffix('Schema')}.",
            "items": Items(Part(item), most=200, required=True),
            "next": fields.String(required=True, allow_none=True, metadata={"description": "Cursor, or null."}),
        },
    )
