"""Every field of an entry of a log, wrong in every way: the item is refused, and the one after it is not."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.schemas.admission_uploads import EXAMPLE_ITEM
from tests.api.house import House, accepted
from tests.api.offline import gate_device, visit

WRONG: dict[str, tuple[Any, ...]] = {
    "device_id": (None, 7, "", "dev_1", "gat_01JD0000000000000000000000", {}),
    "seq": (None, "1", 0, -1, 1.5, True, 10**30),
    "previous": (None, 7, "ab", "Z" * 64, "A" * 65),
    "kind": (None, 7, "leave", "ENTRY"),
    "gate_id": (None, 7, "", "gat_1"),
    "nonce": (None, 7, "", "short", "x" * 65, "with blanks", "a:colon:inside"),
    "occurred_at": (None, 7, "", "2027-02-06", "2027-02-06T10:00:00"),
    "code": (7, "", "x" * 2001, []),
    "lease_id": (7, "", "rsv_1"),
    "count": ("2", 0, -1, 1001, 1.5, True),
    "decision": (None, 7, "left", "undone", "perhaps"),
    "reason": (7, "", "because"),
    "admitted_now": (None, "2", -1, 1001, 1.5),
    "undoes": (7, "", "short"),
    "pack_issued_at": (7, "", "yesterday"),
    "hash": (None, 7, "", "ab", "Z" * 64),
    "signature": (None, 7, "", "ab", "=" * 86),
}


def test_every_field_is_tried() -> None:
    assert WRONG.keys() == EXAMPLE_ITEM.keys()


@pytest.mark.parametrize("name", WRONG)
async def test_what_no_log_says_is_refused_and_the_next_item_is_not(house: House, name: str) -> None:
    device = await gate_device(house)
    _, _, code = await visit(house, size=1)
    device.scan(code)
    good = device.last.item()
    missing = {key: value for key, value in good.items() if key != name}
    bad = [good | {name: value} for value in WRONG[name]] + [good | {"surprise": 1}]
    bad += [missing] if good[name] is not None and name != "code" else []
    told = await device.line.post(
        "/admissions/batch", {"device_time": device.clock().isoformat(timespec="milliseconds"), "items": [*bad, good]}
    )
    verdicts = [one["verdict"] for one in told["items"]]
    assert verdicts == ["refused"] * len(bad) + ["recorded"], list(zip(verdicts, [*bad, good], strict=True))
    assert all(one["errors"] for one in told["items"][:-1])


async def test_moments_between_milliseconds_are_of_no_log(house: House) -> None:
    device = await gate_device(house)
    _, _, code = await visit(house, size=1)
    device.scan(code)
    item = device.last.item() | {"occurred_at": "2026-11-22T10:00:00.1234567Z"}
    body = {"device_time": "2026-11-22T10:00:00Z", "items": [item]}
    (told,) = accepted(await (await house.staff("gate")).post("/admissions/batch", json=body))["items"]
    assert [one["code"] for one in told["errors"]] == ["not_of_a_log"]


async def test_errors_are_told_in_the_language_that_was_asked_for(house: House) -> None:
    device = await gate_device(house)
    _, _, code = await visit(house, size=1)
    device.scan(code)
    item = device.write(replace(device.last.entry, device_id="dev_01JD0000000000000000000000"), code).item()
    body = {"device_time": "2026-11-22T10:00:00Z", "items": [item]}
    gate = await house.staff("gate")
    details = [
        accepted(await gate.post("/admissions/batch", json=body, headers={"Accept-Language": language}))["items"][0][
            "errors"
        ][0]["detail"]
        for language in ("en", "zh")
    ]
    assert details == ["no such device, or not within your scope", "没有这台设备，或不在您的权限范围内"]
