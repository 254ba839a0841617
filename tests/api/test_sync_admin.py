"""How delivering stands, over HTTP, with a server whose sync process does not run: exactly then it must be told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.sync.model import RecordKind, RecordRef
from services.sync.relay.model import DeadLetter, DeadReason, Progress
from services.sync.relay.mongo import MongoDeadLetters, MongoStandings
from services.sync.relay.mongo.dead_letters import DEAD_LETTERS
from services.sync.relay.mongo.standings import STANDINGS
from services.sync.standard.model import Flaw
from tests.api.house import House, accepted, instant, refused

SITUATION, LETTERS, REPLAY = "/admin/sync", "/admin/sync/dead-letters", "/admin/sync/dead-letters/replay"
NOW = datetime.now(UTC).replace(microsecond=0)


def said(**changes: Any) -> Progress:
    facts: dict[str, Any] = {
        "leader": "here:1",
        "said_at": datetime.now(UTC),
        "backlog": 7,
        "oldest_at": NOW,
        "delivered": 120,
        "known": 3,
        "rate": 8.25,
        "last_delivered_at": NOW,
        "failing_since": None,
        "failure": None,
        "read_from": NOW,
    }
    return Progress(**{**facts, **changes})


@pytest.fixture
async def letters(house: House) -> AsyncIterator[list[DeadLetter]]:
    """Three dead letters: the first one oldest."""
    flaws = (Flaw(path="data.name", rule="maxLength"),)
    kinds = (RecordKind.SLOT, RecordKind.OUTLET, RecordKind.OUTLET)
    kept = [
        DeadLetter(
            ref=RecordRef(kind=kind, id=f"id-{number}"),
            reason=DeadReason.OFF_STANDARD,
            flaws=flaws,
            since=NOW + timedelta(seconds=number),
        )
        for number, kind in enumerate(kinds)
    ]
    await MongoDeadLetters(house.stores.mongo).keep(kept)
    yield kept
    await house.stores.mongo.collection(DEAD_LETTERS).delete_many({})


@pytest.mark.parametrize("username", ["admin", "auditor"])
async def test_a_dead_sync_process_shows(house: House, username: str) -> None:
    await house.stores.mongo.collection(STANDINGS).delete_many({})
    person = await house.staff(username)
    shown = accepted(await person.get(SITUATION, headers={"Accept-Language": "en"}))
    assert (shown["alert"], shown["leader"], shown["objective_s"]) == (True, None, 60)
    assert "silent" in [alarm["code"] for alarm in shown["alarms"]]
    # The demo city told of its outlets, and nobody takes it away.
    assert shown["backlog"] > 0
    waits_s = (instant(shown["seen_at"]) - instant(shown["oldest_at"])).total_seconds()
    assert abs(waits_s - shown["lag_s"]) <= 1
    assert shown["quality"] == "/api/v1/admin/sync/quality"


async def test_a_speaking_leader_is_believed_and_a_failure_comes_with_advice(house: House) -> None:
    admin = await house.staff("admin")
    standings = MongoStandings(house.stores.mongo)
    await standings.say(said())
    well = accepted(await admin.get(SITUATION))
    assert (well["backlog"], well["delivered"], well["known"], well["rate"]) == (7, 120, 3, 8.2)
    assert "silent" not in [alarm["code"] for alarm in well["alarms"]]
    nothing = {"failing_since": None, "failure": None, "advice": None}
    assert well["main_system"] == {"configured": True, "answers": True, **nothing}
    assert well["leader"]["name"] == "here:1"

    await standings.say(said(failing_since=NOW, failure="refused_18"))
    failing = await admin.get(SITUATION, headers={"Accept-Language": "zh-CN"})
    assert failing.headers["Content-Language"] == "zh-CN"
    main_system = accepted(failing)["main_system"]
    assert (main_system["failure"], instant(main_system["failing_since"])) == ("refused_18", NOW)
    assert main_system["answers"] is False
    assert "authSource" in main_system["advice"]

    await standings.say(said(failing_since=NOW, failure="nobody_knows"))
    unknown = accepted(await admin.get(SITUATION, headers={"Accept-Language": "en"}))
    assert "main_system_away" in unknown["main_system"]["advice"]


async def test_what_no_speaking_leader_has_tried_is_not_known(house: House) -> None:
    admin = await house.staff("admin")
    standings = MongoStandings(house.stores.mongo)
    for unsure in (said(last_delivered_at=None), said(said_at=NOW - timedelta(minutes=1))):
        await standings.say(unsure)
        assert accepted(await admin.get(SITUATION))["main_system"]["answers"] is None


@pytest.mark.parametrize("path", [SITUATION, LETTERS])
async def test_only_the_city_and_its_auditors_look(house: House, path: str) -> None:
    refused(await house.nobody.get(path), 401, "token_missing")
    for username in ("district", "manager", "gate", "inspector"):
        refused(await (await house.staff(username)).get(path), 403, "role_forbidden")
    refused(await (await house.citizen()).get(path), 403, "role_forbidden")


async def test_auditors_replay_nothing(house: House) -> None:
    refused(await (await house.staff("auditor")).post(REPLAY, json={}), 403, "role_forbidden")


async def test_dead_letters_are_paged_and_named_without_values(house: House, letters: list[DeadLetter]) -> None:
    admin = await house.staff("admin")
    first = accepted(await admin.get(LETTERS, params={"limit": 2}))
    second = accepted(await admin.get(LETTERS, params={"limit": 2, "after": first["next"]}))
    assert [one["id"] for one in (*first["items"], *second["items"])] == ["outlet:id-2", "outlet:id-1", "slot:id-0"]
    assert second["next"] is None
    assert first["items"][0] == {
        "id": "outlet:id-2",
        "kind": "outlet",
        "record_id": "id-2",
        "reason": "off_standard",
        "flaws": [{"path": "data.name", "rule": "maxLength"}],
        "since": first["items"][0]["since"],
    }
    assert instant(first["items"][0]["since"]) == letters[2].since
    slots = accepted(await admin.get(LETTERS, params={"kind": "slot"}))
    assert [one["id"] for one in slots["items"]] == ["slot:id-0"]
    counts = accepted(await admin.get(SITUATION))["dead_letters"]
    assert counts == [{"kind": "outlet", "letters": 2}, {"kind": "slot", "letters": 1}]


@pytest.mark.parametrize(
    ("wish", "records"),
    [
        ({}, 3),
        ({"kind": "outlet"}, 2),
        ({"ids": ["slot:id-0", "slot:nothing"]}, 1),
        ({"kind": "outlet", "ids": ["slot:id-0"]}, 0),
    ],
)
async def test_a_replay_lets_records_wait_again(
    house: House, letters: list[DeadLetter], wish: dict[str, Any], records: int
) -> None:
    assert len(letters) == 3
    admin = await house.staff("admin")
    before = await house.count("outbox", events=[])
    assert accepted(await admin.post(REPLAY, json=wish), 202) == {"records": records}
    assert await house.count("outbox", events=[]) == before + bool(records)


@pytest.mark.parametrize(
    ("wish", "path", "code"),
    [
        ({"ids": []}, "ids", "too_short"),
        ({"ids": ["x"] * 201}, "ids", "too_long"),
        ({"kind": "person"}, "kind", "not_allowed"),
    ],
)
async def test_a_wrong_wish_is_named(house: House, wish: dict[str, Any], path: str, code: str) -> None:
    problem = refused(await (await house.staff("admin")).post(REPLAY, json=wish), 422, "fields_invalid")
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [(path, code)]


async def test_every_figure_is_a_metric(house: House) -> None:
    text = (await house.client.get("/metrics")).text
    names = ("lag_seconds", "backlog", "dead_letters", "delivered_records", "records_per_second", "target_up", "alert")
    for name in (*names, "leader_silent_seconds", "looked_at_seconds"):
        assert f"\nchengma_sync_{name}" in text
