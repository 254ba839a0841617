"""After the week: what the phones promised against what is kept, looked up in the database itself."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from services.common.clock import city_day
from services.common.mongo import Mongo
from services.patrols.checkins.mongo import CHECK_INS
from services.patrols.findings.mongo import FINDINGS
from services.patrols.plans.mongo import TASKS
from services.patrols.sites.mongo import STATUSES
from tests.field.people import Promise
from tests.patrols import all_of, ensure_whole_log

STANDING = {"open", "dispatched", "answered"}


async def ensure_promises_kept(mongo: Mongo, promises: Collection[Promise]) -> Mapping[str, dict[str, Any]]:
    """Check that every visit is there exactly once, with its findings and photos; return the check-ins."""
    kept = await all_of(mongo, CHECK_INS.name)
    counted = Counter((one["inspector_id"], one["submission_id"]) for one in kept)
    assert counted == Counter((one.inspector_id, one.submission_id) for one in promises)
    assert set(counted.values()) == {1}
    by_submission = {one["submission_id"]: one for one in kept}
    findings = await all_of(mongo, FINDINGS.name)
    standing = {one["_id"]: one for one in findings}
    opened = Counter((one["check_in_id"], one["question_id"]) for one in findings)
    expected: Counter[tuple[str, str]] = Counter()
    for promise in promises:
        check_in = by_submission[promise.submission_id]
        assert (check_in["site_id"], sorted(check_in["photos"])) == (promise.site_id, sorted(promise.photos))
        assert check_in["contradictions"] == 0
        again = {standing[one]["question_id"] for one in check_in["standing_ids"]}
        assert {standing[one]["site_id"] for one in check_in["standing_ids"]} <= {promise.site_id}
        expected.update((check_in["_id"], question) for question in promise.failed if question not in again)
    # What failed is a finding of this visit, or of one before that had not come to its end.
    assert opened == expected
    return {one["_id"]: one for one in kept}


async def ensure_photos_there(mongo: Mongo, promises: Collection[Promise]) -> int:
    """Check that every photo that was named is ready to be seen; return how many there are."""
    states = {one["_id"]: one["state"] for one in await all_of(mongo, "photos")}
    named = {photo for promise in promises for photo in promise.photos}
    assert Counter(states.get(photo) for photo in named) == {"ready": len(named)}
    return len(named)


async def ensure_findings_followed(mongo: Mongo, now: datetime) -> Counter[str]:
    """Check that every finding came to an end, or was escalated when its deadline had passed; count what became."""
    findings = await all_of(mongo, FINDINGS.name)
    ready = {one["_id"] for one in await all_of(mongo, "photos") if one["state"] == "ready"}
    for one in findings:
        assert one["state"] != "proposed", one
        if one["state"] == "closed":
            remedies = {photo for record in one["reinspections"] for photo in record["photos"]}
            assert ready & set(one["before"]), one
            assert ready & remedies, one
        # All photos are there by now.
        assert not one["awaits_photos"], one
        if one["state"] in STANDING and one["due_on"] < city_day(now).isoformat():
            assert one["escalation"] != "none", one
    return Counter(
        "escalated" if one["state"] in STANDING and one["escalation"] != "none" else one["state"] for one in findings
    )


async def ensure_sites_stand(mongo: Mongo, check_ins: Mapping[str, dict[str, Any]]) -> None:
    """Check that what is said of each site is what its check-ins and findings make of it."""
    statuses = {one["_id"]: one for one in await all_of(mongo, STATUSES.name)}
    standing = Counter(one["site_id"] for one in await all_of(mongo, FINDINGS.name) if one["state"] in STANDING)
    accepted = [one for one in check_ins.values() if one["state"] == "accepted"]
    for site_id in {one["site_id"] for one in check_ins.values()}:
        there = [one for one in accepted if one["site_id"] == site_id]
        status = statuses.get(site_id, {"open_findings": 0, "last_checked_at": None})
        assert status["open_findings"] == standing[site_id], site_id
        assert status["last_checked_at"] == max((one["captured_at"] for one in there), default=None), site_id


async def ensure_tasks_done_once(mongo: Mongo, check_ins: Mapping[str, dict[str, Any]]) -> None:
    """Check that each task that is done was done by one visit, which knows of it."""
    done = [one for one in await all_of(mongo, TASKS.name) if one["state"] == "done"]
    assert done
    assert all(check_ins[one["check_in_id"]]["task_id"] == one["_id"] for one in done)


async def ensure_all(mongo: Mongo, promises: Collection[Promise], now: datetime) -> Counter[str]:
    """Check everything; return what became of the findings."""
    check_ins = await ensure_promises_kept(mongo, promises)
    await ensure_photos_there(mongo, promises)
    await ensure_sites_stand(mongo, check_ins)
    await ensure_tasks_done_once(mongo, check_ins)
    await ensure_whole_log(mongo)
    return await ensure_findings_followed(mongo, now)
