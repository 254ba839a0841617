"""Layouts: labels lie on their page and apart from one another, and so does what is on them."""

from itertools import combinations

import pytest

from qr.labels import LAYOUTS, QUIET_ZONE_MODULES, Box, Layout
from qr.sheet_units import spot, units

TOLERANCE = 0.001
LEAST_MODULE_MM = 0.33
VERSION_4, VERSION_5 = 33, 37

every_layout = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))


def inside(inner: Box, width: float, height: float) -> bool:
    return (
        inner.x >= -TOLERANCE
        and inner.y >= -TOLERANCE
        and inner.x + inner.width <= width + TOLERANCE
        and inner.y + inner.height <= height + TOLERANCE
    )


def apart(one: Box, other: Box) -> bool:
    return (
        one.x + one.width <= other.x + TOLERANCE
        or other.x + other.width <= one.x + TOLERANCE
        or one.y + one.height <= other.y + TOLERANCE
        or other.y + other.height <= one.y + TOLERANCE
    )


def test_names_are_what_they_are_filed_under() -> None:
    assert all(name == layout.name for name, layout in LAYOUTS.items())
    assert LAYOUTS["a4-70"].per_page == 70


@every_layout
def test_labels_lie_on_the_page_and_apart(layout: Layout) -> None:
    labels = [layout.label(index) for index in range(layout.per_page)]
    assert all(inside(label, layout.page_width, layout.page_height) for label in labels)
    assert all(apart(one, other) for one, other in combinations(labels, 2))


@every_layout
def test_what_is_on_a_label_lies_in_it_and_apart(layout: Layout) -> None:
    face = layout.face
    boxes = [face.code, face.title, face.text, *([] if face.artwork is None else [face.artwork])]
    assert all(box.width > 0 and box.height > 0 for box in boxes)
    assert all(inside(box, layout.first.width, layout.first.height) for box in boxes)
    assert all(apart(one, other) for one, other in combinations(boxes, 2))


@every_layout
def test_modules_are_large_enough_to_print_and_the_quiet_zone_is_within_the_box(layout: Layout) -> None:
    assert layout.face.code.width == layout.face.code.height
    for size in (VERSION_4, VERSION_5):
        module = layout.module(size)
        assert module >= LEAST_MODULE_MM
        assert module * (size + 2 * QUIET_ZONE_MODULES) <= layout.face.code.width + TOLERANCE


@every_layout
def test_units_count_from_the_bottom(layout: Layout) -> None:
    last = spot(layout, layout.per_page - 1, Box(x=0, y=0, width=layout.first.width, height=layout.first.height))
    label = layout.label(layout.per_page - 1)
    assert last.bottom == units(layout.page_height - label.y - label.height)
    assert last.bottom >= -1
