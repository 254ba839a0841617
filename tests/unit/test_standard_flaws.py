"""What does not follow the standard is told by its place and the rule, each once, and never by its value."""

from server.sync.standard_files import load_standard
from services.sync.model import RecordKind
from services.sync.standard.model import Flaw
from tests.factories import NOW

SLOT = {
    "id": "slt_01JD0000000000000000000000",
    "venue_id": "ven_01JD0000000000000000000000",
    "starts_at": NOW.isoformat(),
    "ends_at": NOW.isoformat(),
    "capacity": 3,
    "places_left": 3,
    "state": "open",
}


def test_a_property_that_lacks_or_is_too_much_is_named() -> None:
    data = {**{name: value for name, value in SLOT.items() if name != "capacity"}, "x" * 100: "secret", "state": 1}
    found = load_standard().flaws(RecordKind.SLOT, data)
    assert set(found) >= {Flaw(path="capacity", rule="required"), Flaw(path="x" * 60, rule="additionalProperties")}
    assert len(set(found)) == len(found)
    assert "secret" not in str(found)


def test_of_many_flaws_the_first_few_are_told() -> None:
    data = {f"extra_{number}": 1 for number in range(9)}
    assert len(load_standard().flaws(RecordKind.SLOT, data)) == 5
